//! Does edits, as JSON, to a snapshot, and prints it:
//! `cargo run -p packetwalk-edit --example edit -- SNAPSHOT '{"edit":"link",...}' ...`

use packetwalk_edit::{Document, Edit};

#[expect(clippy::print_stdout, reason = "printing is what it does")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("which snapshot?")?;
    let mut document = Document::new(&std::fs::read_to_string(file)?);
    for edit in arguments {
        let edit = Edit::read(&edit).ok_or("no change")?;
        document.edit(edit)?;
    }
    print!("{}", document.text());
    Ok(())
}
