//! `-m state`: the older spelling of `-m conntrack --ctstate`.

use super::conntrack::{CtStates, push_states, states};
use super::opt::{Arg, Ext, Opt, Read};
use crate::addr::Family;
use crate::rule::Neg;

/// States that match; SNAT and DNAT cannot be among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct State {
    /// `--state`.
    pub state: Neg<CtStates>,
}

const OPTS: &[Opt] = &[Opt::new("state", 0).inv().must()];

impl Ext for State {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.state = arg.neg(states(arg.text(), false)?);
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        out.push(' ');
        out.push_str(self.state.mark());
        out.push_str("--state ");
        push_states(self.state.value, out);
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push(' ');
        out.push_str(self.state.mark());
        out.push_str("state ");
        push_states(self.state.value, out);
    }
}
