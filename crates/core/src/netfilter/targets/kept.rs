//! Targets that tell somebody else of the packet and let it go on as it was.

use packetwalk_rules::Target;

/// Is this such a target? `NFLOG` and `AUDIT` tell a program, `IDLETIMER`,
/// `LED` and `RATEEST` the system; `CHECKSUM` only fills in what is filled in
/// already where no hardware does it. Nothing of it is in the kernel's log.
pub(super) fn is_silent(target: &Target) -> bool {
    match target {
        Target::Audit(_)
        | Target::Checksum(_)
        | Target::Idletimer(_)
        | Target::Nflog(_)
        | Target::Rateest(_) => true,
        Target::Kept(ext) => &*ext.name == "LED",
        _ => false,
    }
}
