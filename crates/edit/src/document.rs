//! A snapshot and what was done to it.

use packetwalk_snapshot::frame::Frame;

use crate::edit::{Edit, Part, Refused, apply};
use crate::section;

/// The command that a saved file keeps the flow under.
pub const FLOWS: &str = "packetwalk flows";

/// A snapshot and the changes made to it, each of which can be undone.
#[derive(Clone, Debug)]
pub struct Document {
    base: String,
    frame: Frame<'static>,
    text: String,
    edits: Vec<Edit>,
    /// How many of `edits` are done; the rest were undone.
    done: usize,
}

impl Document {
    /// A snapshot as it is.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self {
            base: text.to_owned(),
            frame: Frame::parse(text).0.into_owned(),
            text: text.to_owned(),
            edits: Vec::new(),
            done: 0,
        }
    }

    /// The snapshot before any change.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The snapshot with all that was done to it; the very text that came in
    /// while there is nothing.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What was done, first to last.
    #[must_use]
    pub fn edits(&self) -> &[Edit] {
        self.edits.get(..self.done).unwrap_or_default()
    }

    /// What would be undone next.
    #[must_use]
    pub fn undoable(&self) -> Option<&Edit> {
        self.edits().last()
    }

    /// What would be done again next.
    #[must_use]
    pub fn redoable(&self) -> Option<&Edit> {
        self.edits.get(self.done)
    }

    /// Does a change; says whether anything is different by it. What was
    /// undone before is forgotten.
    ///
    /// # Errors
    /// When it cannot be done; everything is as it was.
    pub fn edit(&mut self, edit: Edit) -> Result<bool, Refused> {
        let mut frame = self.frame.clone();
        apply(&mut frame, &edit)?;
        if frame == self.frame {
            return Ok(false);
        }
        self.edits.truncate(self.done);
        self.edits.push(edit);
        self.done = self.edits.len();
        self.take(frame);
        Ok(true)
    }

    /// Takes the last change back; says whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some(done) = self.done.checked_sub(1) else {
            return false;
        };
        self.done = done;
        self.replay();
        true
    }

    /// Does again what was undone last; says whether there was anything.
    pub fn redo(&mut self) -> bool {
        let Some(edit) = self.edits.get(self.done) else {
            return false;
        };
        let mut frame = self.frame.clone();
        if apply(&mut frame, edit).is_err() {
            return false;
        }
        self.done += 1;
        self.take(frame);
        true
    }

    /// A part of a namespace, as it is edited: without the counters in front
    /// of rules, which a text that is loaded anew begins at zero.
    #[must_use]
    pub fn part(&self, netns: &str, part: Part) -> String {
        let netns = self.frame.namespace(netns);
        let text = netns.map_or_else(String::new, |netns| section::read(netns, part.kind()));
        match part {
            Part::Iptables | Part::Ebtables | Part::Arptables => without_counters(&text),
            Part::Ipset | Part::Sysctl => text,
        }
    }

    /// The text to save: the snapshot, with a flow that is read again when it
    /// is opened.
    #[must_use]
    pub fn saved(&self, flow: &str) -> String {
        let mut frame = self.frame.clone();
        for netns in &mut frame.namespaces {
            netns.runs.retain(|run| run.command != FLOWS);
        }
        if let Some(netns) = frame.namespaces.first_mut() {
            netns.push(FLOWS, flow.to_owned());
        }
        frame.to_string()
    }

    /// The flow that a saved file holds.
    #[must_use]
    pub fn flow(&self) -> Option<String> {
        let mut all = self.frame.namespaces.iter();
        let run = all.find_map(|netns| netns.run(FLOWS))?;
        let mut lines = run.text.lines().map(str::trim);
        lines.find(|line| !line.is_empty()).map(str::to_owned)
    }

    fn take(&mut self, frame: Frame<'static>) {
        self.text = if self.done == 0 {
            self.base.clone()
        } else {
            frame.to_string()
        };
        self.frame = frame;
    }

    fn replay(&mut self) {
        let mut frame = Frame::parse(&self.base).0.into_owned();
        for edit in self.edits.get(..self.done).unwrap_or_default() {
            let mut next = frame.clone();
            // It could be done before, so it can be done now.
            if apply(&mut next, edit).is_ok() {
                frame = next;
            }
        }
        self.take(frame);
    }
}

/// Rules without `[3:252] ` in front or ` -c 3 252` at the end.
fn without_counters(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let rule = line
            .strip_prefix('[')
            .and_then(|rest| rest.split_once("] "))
            .filter(|(counters, _)| counters.bytes().all(|b| b.is_ascii_digit() || b == b':'))
            .map_or(line, |(_, rule)| rule);
        out.push_str(rule);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARTICLE: &str = include_str!("../../../www/scenarios/article-2017.snapshot.txt");

    fn sysctl(value: &str) -> Edit {
        Edit::Sysctl {
            netns: "host".to_owned(),
            name: "net.ipv4.ip_forward".to_owned(),
            value: value.to_owned(),
        }
    }

    #[test]
    fn undo_goes_back_to_the_very_text_and_redo_forth() {
        let mut document = Document::new(ARTICLE);
        let mut texts = vec![document.text().to_owned()];
        for edit in [
            sysctl("0"),
            Edit::Remove {
                netns: "c2".to_owned(),
            },
            Edit::Policy {
                netns: "host".to_owned(),
                tool: Part::Iptables,
                table: "filter".to_owned(),
                chain: "INPUT".to_owned(),
                policy: "DROP".to_owned(),
            },
        ] {
            document.edit(edit).expect("it can be done");
            texts.push(document.text().to_owned());
        }
        for text in texts.iter().rev().skip(1) {
            assert!(document.undo());
            assert_eq!(document.text(), text);
        }
        assert!(!document.undo());
        for text in texts.iter().skip(1) {
            assert!(document.redo());
            assert_eq!(document.text(), text);
        }
        assert!(!document.redo());
        // Something new forgets what was undone.
        document.undo();
        document.edit(sysctl("1")).expect("it can be done");
        assert!(document.redoable().is_none());
        assert_eq!(document.edits().len(), 3);
    }

    #[test]
    fn what_changes_nothing_is_no_change() {
        let mut document = Document::new(ARTICLE);
        document.edit(sysctl("0")).expect("off");
        document.edit(sysctl("0")).expect("off again");
        assert_eq!(document.edits().len(), 1);
        assert!(
            document
                .edit(Edit::Remove {
                    netns: "c9".to_owned()
                })
                .is_err()
        );
        assert_eq!(document.edits().len(), 1);
    }

    #[test]
    fn a_text_with_a_mistake_changes_nothing_and_says_where() {
        let mut document = Document::new(ARTICLE);
        let text = document.part("host", Part::Iptables) + "*filter\n-A INPUT --nope\nCOMMIT\n";
        let edit = Edit::Text {
            netns: "host".to_owned(),
            part: Part::Iptables,
            text,
        };
        let refused = document.edit(edit).expect_err("refused");
        assert!(refused.to_string().contains("--nope"), "{refused}");
        assert_eq!(document.text(), ARTICLE);
    }

    #[test]
    fn rules_are_edited_without_counters() {
        let text =
            "*filter\n:INPUT ACCEPT [3:4]\n[5:6] -A INPUT -m comment --comment \"[1:2] x\"\n";
        let plain = "*filter\n:INPUT ACCEPT [3:4]\n-A INPUT -m comment --comment \"[1:2] x\"\n";
        assert_eq!(without_counters(text), plain);
    }

    #[test]
    fn a_saved_file_keeps_the_flow_and_nothing_else_changes() {
        let document = Document::new(ARTICLE);
        assert_eq!(document.flow(), None);
        let saved = document.saved("c1 ping 192.168.0.3");
        let again = Document::new(&saved);
        assert_eq!(again.flow().as_deref(), Some("c1 ping 192.168.0.3"));
        assert_eq!(again.saved("c1 ping 192.168.0.3"), saved);
        let section = "@@run packetwalk flows\nc1 ping 192.168.0.3\n";
        assert_eq!(saved.replace(section, ""), ARTICLE);
    }
}
