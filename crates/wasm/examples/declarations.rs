//! Prints the TypeScript declarations of everything that crosses to the
//! browser. `cargo xtask test` keeps them in `www/pkg/types.d.ts`.
#![allow(clippy::print_stdout)]

fn main() {
    print!("{}", packetwalk_wasm::declarations::declarations());
}
