//! Prints every document of the files named as arguments as JSON: `file<TAB>document<TAB>JSON`.

use std::io::Write;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for file in std::env::args().skip(1) {
        match gantry_yaml::parse_bytes(&std::fs::read(&file)?) {
            Ok(documents) => {
                for (index, document) in documents.iter().enumerate() {
                    writeln!(out, "{file}\t{index}\t{}", document.value)?;
                }
            }
            Err(error) => writeln!(out, "{file}\t-\t{error}")?,
        }
    }
    Ok(())
}
