//! Prints the TypeScript declarations of everything that crosses to the
//! browser. `cargo xtask test` keeps them in `www/pkg/types.d.ts`.
#![expect(clippy::print_stdout, reason = "printing is what it does")]

fn main() {
    print!("{}", packetwalk_wasm::declarations::declarations());
}
