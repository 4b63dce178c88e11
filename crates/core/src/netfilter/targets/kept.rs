//! Targets that are read as text only, because they do nothing to the packet
//! that a walk would show, or one small thing.

use packetwalk_rules::KeptExt;

use crate::skb::Skb;

/// Extensions that tell somebody else of the packet and let it go on.
const SILENT: [&str; 5] = ["CHECKSUM", "IDLETIMER", "LED", "NFLOG", "RATEEST"];

/// Is it known what this target does?
pub(super) fn is_known(ext: &KeptExt) -> bool {
    SILENT.contains(&&*ext.name) || class(ext).is_some()
}

/// Does it; `None` if it is not known what. Gives what changed.
pub(super) fn run(skb: &mut Skb, ext: &KeptExt) -> Option<String> {
    if let Some(class) = class(ext) {
        skb.priority = class;
        return Some(format!("{:x}:{:x}", class >> 16, class & 0xffff));
    }
    is_known(ext).then(String::new)
}

/// `CLASSIFY --set-class MAJOR:MINOR`, both hexadecimal (xt_CLASSIFY.c).
fn class(ext: &KeptExt) -> Option<u32> {
    if &*ext.name != "CLASSIFY" {
        return None;
    }
    let [option, class] = ext.args.as_slice() else {
        return None;
    };
    let (major, minor) = class.split_once(':')?;
    let half = |text| u32::from_str_radix(text, 16).ok().filter(|n| *n <= 0xffff);
    (option == "--set-class").then_some(half(major)? << 16 | half(minor)?)
}
