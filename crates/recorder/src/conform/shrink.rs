//! From a case that diverges to the smallest that still does.

use super::judge::judge;
use super::{Case, Found, Simulator};
use crate::machine::Host;
use crate::record::RecordError;

/// How many smaller cases to try for one divergence.
const TRIALS: usize = 120;

/// Takes away flows, rules, settings and namespaces one by one as long as
/// kernel and simulator still differ in the same way.
///
/// # Errors
///
/// If the kernel cannot be asked.
pub fn shrink(found: Found, simulator: &dyn Simulator) -> Result<Found, RecordError> {
    let mut best = found;
    let mut trials = 0;
    let kind = best.divergence.kind();
    let mut keep = |best: &mut Found, case: Case| -> Result<bool, RecordError> {
        if trials >= TRIALS {
            return Ok(false);
        }
        trials += 1;
        // A machine that cannot be built any more is none to go on with.
        let Ok(judgement) = judge(&case, simulator) else {
            return Ok(false);
        };
        match judgement.divergence {
            Some(divergence) if divergence.kind() == kind => {
                best.case = case;
                best.divergence = divergence;
                best.recording = judgement.recording;
                Ok(true)
            }
            _ => Ok(false),
        }
    };
    let mut case = best.case.clone();
    case.flows.truncate(best.divergence.flow + 1);
    keep(&mut best, case)?;
    loop {
        let mut smaller = false;
        let mut step = 0;
        while let Some(case) = without(&best.case, step) {
            if keep(&mut best, case)? {
                smaller = true;
            } else {
                step += 1;
            }
        }
        if !smaller {
            return Ok(best);
        }
    }
}

/// The case without its `step`th removable part, or none if it has no so many.
fn without(case: &Case, step: usize) -> Option<Case> {
    let mut left = step;
    let mut smaller = case.clone();
    // All flows but the last, which diverges.
    let flows = case.flows.len().saturating_sub(1);
    if left < flows {
        smaller.flows.remove(left);
        return Some(smaller);
    }
    left -= flows;
    for (index, host) in case.machine.hosts.iter().enumerate() {
        let in_use = case.flows.iter().any(|flow| flow.netns == host.name);
        if host.name != "host" && !in_use {
            if left == 0 {
                let name = host.name.clone();
                smaller.machine.hosts.remove(index);
                for other in &mut smaller.machine.hosts {
                    other.devices.retain(|device| match &device.kind {
                        crate::machine::Kind::Veth(Some((netns, _))) => *netns != name,
                        _ => true,
                    });
                }
                return Some(smaller);
            }
            left -= 1;
        }
        if let Some(host) = host_without(host, &mut left) {
            smaller.machine.hosts[index] = host;
            return Some(smaller);
        }
    }
    None
}

fn host_without(host: &Host, left: &mut usize) -> Option<Host> {
    let mut smaller = host.clone();
    if let Some(text) = text_without(&host.iptables, left) {
        smaller.iptables = text;
        return Some(smaller);
    }
    if let Some(text) = text_without(&host.ebtables, left) {
        smaller.ebtables = text;
        return Some(smaller);
    }
    if let Some(text) = text_without(&host.arptables, left) {
        smaller.arptables = text;
        return Some(smaller);
    }
    if smaller.ebtrace {
        if *left == 0 {
            smaller.ebtrace = false;
            return Some(smaller);
        }
        *left -= 1;
    }
    if !smaller.ipset.is_empty() {
        if *left == 0 {
            smaller.ipset.clear();
            return Some(smaller);
        }
        *left -= 1;
    }
    macro_rules! each {
        ($field:ident) => {
            if *left < smaller.$field.len() {
                smaller.$field.remove(*left);
                return Some(smaller);
            }
            *left -= smaller.$field.len();
        };
    }
    each!(routes);
    each!(rules);
    if *left < smaller.sysctls.len() {
        let key = smaller.sysctls.keys().nth(*left).cloned()?;
        smaller.sysctls.remove(&key);
        return Some(smaller);
    }
    *left -= smaller.sysctls.len();
    // All sockets at once: one by one takes long and tells little.
    if !smaller.listeners.is_empty() {
        if *left == 0 {
            smaller.listeners.clear();
            return Some(smaller);
        }
        *left -= 1;
    }
    None
}

/// The rules without one line; a table's heading goes with all that is below it.
fn text_without(text: &str, left: &mut usize) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let Some(line) = lines.get(*left) else {
        *left -= lines.len();
        return None;
    };
    let at = *left;
    let until = match line.starts_with('*') {
        true => {
            let below = lines.iter().skip(at + 1);
            let next = below.clone().position(|line| line.starts_with('*'));
            next.map_or(lines.len(), |next| at + 1 + next)
        }
        false => at + 1,
    };
    let kept: Vec<&str> = lines
        .iter()
        .take(at)
        .chain(lines.iter().skip(until))
        .copied()
        .collect();
    Some(kept.join("\n"))
}
