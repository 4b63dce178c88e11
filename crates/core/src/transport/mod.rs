//! Sockets and the programs behind them.

/// A namespace's sockets.
#[derive(Clone, Debug, Default)]
pub struct Sockets {}
