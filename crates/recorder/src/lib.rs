#![doc = env!("CARGO_PKG_DESCRIPTION")]
//!
//! The snapshot of a machine is put up in network namespaces of its own, the
//! flows run in it with real sockets, and what the kernel logs and the programs
//! see is written down. Linux with root only; elsewhere the crate offers what
//! needs no kernel: [`machine`], [`normalise`], [`output`] and [`replay`].

pub mod machine;
pub mod normalise;
pub mod output;
pub mod replay;
pub mod script;

#[cfg(target_os = "linux")]
pub mod build;
#[cfg(target_os = "linux")]
pub mod collect;
#[cfg(target_os = "linux")]
pub mod command;
#[cfg(target_os = "linux")]
pub mod conform;
#[cfg(target_os = "linux")]
pub mod drops;
#[cfg(target_os = "linux")]
pub mod frames;
#[cfg(target_os = "linux")]
pub mod kmsg;
#[cfg(target_os = "linux")]
pub mod language;
#[cfg(target_os = "linux")]
pub mod links;
#[cfg(target_os = "linux")]
pub mod needs;
#[cfg(target_os = "linux")]
pub mod neighbours;
#[cfg(target_os = "linux")]
pub mod netns;
#[cfg(target_os = "linux")]
pub mod programs;
#[cfg(target_os = "linux")]
pub mod record;
#[cfg(target_os = "linux")]
pub mod servers;
#[cfg(target_os = "linux")]
pub mod session;
#[cfg(target_os = "linux")]
pub mod sockets;
