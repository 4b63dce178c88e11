//! A world at work: flows run in it one after another, and what they leave in
//! the kernel's log is collected.

use std::fs::{self, File};
use std::io;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use nix::poll::PollFlags;
use packetwalk_core::flow::{Action, Flow, Outcome};
use packetwalk_snapshot::flow::print;
use packetwalk_snapshot::frame::Frame;

use crate::build::{BuildError, Wants, World};
use crate::drops::Drops;
use crate::frames::Frames;
use crate::kmsg::Kmsg;
use crate::neighbours::Neighbours;
use crate::programs;
use crate::servers::Servers;
use crate::sockets::listeners;

/// How often in a row nothing may happen, a poll of a millisecond each, before
/// a flow counts as over.
const QUIET_ROUNDS: u32 = 4;
/// No flow takes longer than this.
const LONGEST_FLOW: Duration = Duration::from_secs(3);
/// ... where time passes as it does elsewhere: ARP asks for seconds.
const LONGEST_TIMED: Duration = Duration::from_secs(12);
/// The longest that a flow may wait.
pub const LONGEST_WAIT: Duration = Duration::from_secs(60);
const LOCK: &str = "/run/packetwalk-recorder.lock";

/// What one flow came to.
#[derive(Clone, Debug)]
pub struct Record {
    /// The flow.
    pub flow: Flow,
    /// What its program saw.
    pub outcome: Outcome,
    /// What the kernel logged meanwhile, without time stamps.
    pub lines: Vec<String>,
    /// Why packets were dropped meanwhile, if that was asked for.
    pub drops: Vec<String>,
}

/// Why [`Session::settle`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The watched socket is ready.
    Ready,
    /// Nothing moves any more.
    Rest,
}

/// A world, its servers and the kernel's log.
pub struct Session {
    /// The namespaces.
    pub world: World,
    /// The programs that answer in them.
    pub servers: Servers,
    /// What sends frames past the IP stacks.
    pub frames: Frames,
    kmsg: Kmsg,
    neighbours: Vec<Neighbours>,
    drops: Option<Drops>,
    icmp_id: u16,
    deadline: Instant,
    /// When this session's turn came.
    pub began: Instant,
    /// Kernel lines that named devices of no namespace of this world.
    pub foreign: usize,
    _lock: nix::fcntl::Flock<File>,
}

impl Session {
    /// Builds the world of `frame` and opens its servers.
    ///
    /// Recorders on one machine share one kernel log, so they take turns: this
    /// waits until no other is at work.
    ///
    /// # Errors
    ///
    /// If the world cannot be built or the log not be read.
    pub fn open(frame: &Frame<'_>, wants: Wants) -> Result<Self, BuildError> {
        let lock = File::create(LOCK)?;
        let lock = nix::fcntl::Flock::lock(lock, nix::fcntl::FlockArg::LockExclusive)
            .map_err(|(_, errno)| io::Error::from(errno))?;
        let began = Instant::now();
        crate::needs::prepare(wants.time)?;
        let mut world = World::build(frame, wants)?;
        let mut all = Vec::new();
        for netns in &frame.namespaces {
            let (listeners, notes) = listeners(netns);
            all.push(listeners);
            for note in notes {
                world.notes.push(format!("netns {}: {note}", netns.name));
            }
        }
        let (servers, notes) = Servers::open(&world, &all)?;
        world.notes.extend(notes);
        let mut neighbours = Vec::new();
        for netns in world.namespaces.iter().chain([&world.sink]) {
            neighbours.push(Neighbours::open(netns)?);
        }
        let mut session = Self {
            frames: Frames::default(),
            kmsg: Kmsg::open()?,
            world,
            servers,
            neighbours,
            drops: None,
            icmp_id: 0x4000,
            deadline: Instant::now(),
            began,
            foreign: 0,
            _lock: lock,
        };
        // What building has set off is not part of any flow.
        session.begin();
        session.settle(None)?;
        session.kmsg.take();
        Ok(session)
    }

    /// Has every [`Record`] from now on say why packets were dropped.
    ///
    /// # Errors
    ///
    /// Where there is no tracefs.
    pub fn watch_drops(&mut self) -> io::Result<()> {
        self.drops = Some(Drops::open()?);
        Ok(())
    }

    /// Runs one flow.
    ///
    /// # Errors
    ///
    /// If the recorder fails, or the kernel's log lost a record.
    pub fn run(&mut self, flow: &Flow) -> io::Result<Record> {
        self.servers.begin_flow();
        self.kmsg.drain()?;
        self.kmsg.take();
        if let Some(drops) = &mut self.drops {
            drops.take()?;
        }
        self.begin();
        let lost = self.kmsg.lost;
        let outcome = programs::run(self, flow)?;
        if self.kmsg.lost != lost {
            return Err(io::Error::other(format!(
                "{}: the kernel's log lost {} records; boot with a larger log_buf_len",
                print(flow),
                self.kmsg.lost - lost
            )));
        }
        let lines = self.kmsg.take();
        let all = lines.len();
        let lines: Vec<String> = lines
            .into_iter()
            .filter(|line| self.is_ours(line))
            .collect();
        self.foreign += all - lines.len();
        Ok(Record {
            flow: flow.clone(),
            outcome,
            lines,
            drops: match (&mut self.drops, &flow.action) {
                // Timers go off in whatever task is running, so that what they drop
                // cannot be told from what others drop.
                (None, _) | (_, Action::Wait { .. }) => Vec::new(),
                (Some(drops), _) => drops.take()?,
            },
        })
    }

    /// Serves the servers until `watched` is ready or nothing moves any more:
    /// no socket ready, no new line in the log, no packet in a CPU's backlog,
    /// no neighbour being resolved.
    ///
    /// # Errors
    ///
    /// If a namespace or the log cannot be read.
    pub fn settle(&mut self, watched: Option<(BorrowedFd<'_>, PollFlags)>) -> io::Result<Settled> {
        let mut quiet = 0;
        while quiet < QUIET_ROUNDS && Instant::now() < self.deadline {
            let (moved, ready) = self.servers.step(&self.world, watched, 1)?;
            if ready {
                self.kmsg.drain()?;
                return Ok(Settled::Ready);
            }
            let logged = self.kmsg.drain()?;
            if moved || logged || backlog() || self.resolving()? {
                quiet = 0;
            } else {
                quiet += 1;
            }
        }
        Ok(Settled::Rest)
    }

    /// A flow has as long as flows may take, from now on.
    fn begin(&mut self) {
        let longest = match self.world.wants.time {
            true => LONGEST_TIMED,
            false => LONGEST_FLOW,
        };
        self.deadline = Instant::now() + longest;
    }

    /// Lets time pass, and serves the servers meanwhile.
    ///
    /// # Errors
    ///
    /// If the log cannot be read.
    pub fn pass(&mut self, time: Duration) -> io::Result<()> {
        let end = Instant::now() + time;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            let round = u8::try_from(left.as_millis()).unwrap_or(u8::MAX).min(20);
            self.servers.step(&self.world, None, round.max(1))?;
            self.kmsg.drain()?;
        }
        self.begin();
        Ok(())
    }

    /// An ICMP identifier that this world has not seen yet.
    pub fn next_icmp_id(&mut self) -> u16 {
        self.icmp_id += 1;
        self.icmp_id
    }

    fn resolving(&self) -> io::Result<bool> {
        for neighbours in &self.neighbours {
            if neighbours.waiting()? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a line of the log can be from this world: every device that it
    /// names is one of ours. The log is the whole machine's.
    fn is_ours(&self, line: &str) -> bool {
        let mut named = false;
        let mut words = line.split_whitespace().peekable();
        while let Some(word) = words.next() {
            // A prefix may stand right in front of the first `IN=`.
            let device = match words.peek().and_then(|next| next.strip_prefix("OUT=")) {
                Some(_) => word.rsplit_once("IN=").map(|(_, device)| device),
                None => ["OUT=", "PHYSIN=", "PHYSOUT="]
                    .iter()
                    .find_map(|key| word.strip_prefix(key)),
            };
            if let Some(device) = device {
                named = true;
                if !device.is_empty() && !self.is_device(device) {
                    return false;
                }
            }
        }
        named || self.is_bridge_or_martian(line)
    }

    fn is_device(&self, name: &str) -> bool {
        self.world.devices.iter().any(|device| device == name)
    }

    /// `IPv4: martian source ...`, `ll header: ...`, `br0: received packet on ...`.
    fn is_bridge_or_martian(&self, line: &str) -> bool {
        let unnamed = [
            "ll header: ",
            "IPv4: source route option ",
            "IPv4: Redirect from ",
        ];
        if unnamed.iter().any(|begin| line.starts_with(begin)) {
            return true;
        }
        if line.contains("martian") {
            return line
                .rsplit([' ', ','])
                .next()
                .is_some_and(|dev| self.is_device(dev));
        }
        if line.contains("received packet on") {
            return line
                .split(':')
                .next()
                .is_some_and(|dev| self.is_device(dev));
        }
        line.starts_with("nf_ct_") || line.starts_with("nf_conntrack")
    }
}

/// Whether any CPU has packets waiting (fields 12 to 14 of
/// `/proc/net/softnet_stat`; kernel: net/core/net-procfs.c).
fn backlog() -> bool {
    let stat = fs::read_to_string("/proc/net/softnet_stat").unwrap_or_default();
    stat.lines().any(|line| {
        line.split_whitespace()
            .nth(11)
            .is_some_and(|length| length.chars().any(|digit| digit != '0'))
    })
}
