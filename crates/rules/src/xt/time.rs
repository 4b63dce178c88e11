//! `-m time` (xt_time.c): when the packet comes.

use super::opt::{Arg, Env, Ext, Opt, Read};
use crate::addr::Family;
use crate::diag::Problem;
use crate::num;
use std::fmt::Write as _;

/// Matches packets within a span of dates, of days and of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time {
    /// `--datestart`: seconds since 1970.
    pub date_start: u32,
    /// `--datestop`: seconds since 1970.
    pub date_stop: u32,
    /// `--timestart`: seconds since midnight.
    pub day_start: u32,
    /// `--timestop`: seconds since midnight; may be smaller: over midnight.
    pub day_stop: u32,
    /// `--monthdays`: bits 1 to 31.
    pub month_days: u32,
    /// `--weekdays`: bits 1 (Monday) to 7 (Sunday).
    pub week_days: u8,
    /// `--kerneltz`: by the kernel's time zone, not UTC.
    pub kernel_tz: bool,
    /// `--contiguous`: what lies behind midnight belongs to the day before.
    pub contiguous: bool,
}

/// Days of the week, 1 to 7.
pub const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// Every day of the month.
pub const ALL_MONTH_DAYS: u32 = 0xffff_fffe;
/// Every day of the week.
pub const ALL_WEEK_DAYS: u8 = 0xfe;
/// Seconds of a day.
pub const DAY: u32 = 86_400;
/// The last date that iptables reads, 2038-01-19T03:14:07; also the default
/// that it cannot be told from.
const LAST: u32 = i32::MAX as u32;

const OPTS: &[Opt] = &[
    Opt::new("datestart", 0),
    Opt::new("datestop", 1),
    Opt::new("timestart", 2),
    Opt::new("timestop", 3),
    Opt::new("weekdays", 4).inv(),
    Opt::new("monthdays", 5).inv(),
    Opt::new("localtz", 6).flag().not_with(&[7]),
    Opt::new("kerneltz", 6).flag().not_with(&[7]),
    Opt::new("utc", 7).flag().not_with(&[6]),
    Opt::new("contiguous", 8).flag(),
];

/// Days from 1970-01-01 to a date of the Gregorian calendar.
fn days_to(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that the leap day is the last.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of a day since 1970-01-01.
pub fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 {
        (year, month + 3)
    } else {
        (year + 1, month - 9)
    };
    (era * 400 + year, month, day)
}

/// A decimal number as strtoul(3) reads it: blanks and a sign in front, nothing is 0.
fn number(text: &str, min: i64, max: i64) -> Option<i64> {
    let (number, rest) = num::scan(text).unwrap_or((0, text));
    let number = i64::try_from(number).ok().filter(|_| rest.is_empty());
    number.filter(|n| (min..=max).contains(n))
}

/// The first so many characters, of which days of a list are read.
fn first(text: &str, most: usize) -> &str {
    let end = text.char_indices().nth(most).map(|(at, _)| at);
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// Reads `YYYY[-MM[-DD[Thh[:mm[:ss]]]]]`; a day that a month does not have
/// runs over into the next.
fn date(word: &str) -> Option<u32> {
    let (day, time) = word.split_once('T').unwrap_or((word, ""));
    if day.len() < word.len() && day.matches('-').count() < 2 {
        return None;
    }
    let mut parts = day.splitn(3, '-');
    let year = number(parts.next()?, 1970, 2038)?;
    let month = parts.next().map_or(Some(1), |m| number(m, 1, 12))?;
    let day = parts.next().map_or(Some(1), |d| number(d, 1, 31))?;
    let mut seconds = days_to(year, month, day) * i64::from(DAY);
    if !time.is_empty() {
        let mut parts = time.splitn(3, ':');
        let mut next = |max| parts.next().map_or(Some(0), |part| number(part, 0, max));
        seconds += next(23)? * 3600 + next(59)? * 60 + next(59)?;
    }
    u32::try_from(seconds).ok()
}

/// Reads `hh:mm[:ss]` into seconds.
fn day_time(word: &str) -> Option<u32> {
    let mut parts = word.splitn(3, ':');
    let hour = number(parts.next()?, 0, 23)?;
    let minute = number(parts.next()?, 0, 59)?;
    let second = parts.next().map_or(Some(0), |s| number(s, 0, 59))?;
    u32::try_from(hour * 3600 + minute * 60 + second).ok()
}

fn month_days(word: &str) -> Option<u32> {
    let mut bits = 0;
    for part in word.split(',').filter(|part| !part.is_empty()) {
        bits |= 1u32 << number(first(part, 2), 0, 31)?;
    }
    Some(bits)
}

/// A number, or the beginning of a day's name: two letters tell them apart.
/// A comma may end the list.
fn week_days(word: &str) -> Option<u8> {
    let mut bits = 0u32;
    for part in word.split_terminator(',') {
        let part = first(part, 3);
        let day = match num::strtoul(part) {
            // An empty part is a number as well: 0.
            None if part.is_empty() => return None,
            Some(0) => return None,
            Some(day) => day,
            None => {
                let at = DAYS.iter().position(|day| part.get(..2) == day.get(..2))?;
                at as u64 + 1
            }
        };
        // Other days than seven are taken as the machine shifts by them.
        bits |= 1u32 << (day & 31);
    }
    Some(bits as u8)
}

impl Time {
    fn days(self) -> impl Iterator<Item = &'static str> {
        DAYS.into_iter()
            .enumerate()
            .filter(move |(n, _)| self.week_days & (2 << n) != 0)
            .map(|(_, name)| name)
    }

    fn dates(self) -> impl Iterator<Item = u32> {
        (1..32).filter(move |day| self.month_days & (1 << day) != 0)
    }

    fn restricts_day(self) -> bool {
        self.day_start != 0 || self.day_stop != DAY - 1
    }
}

fn clock(seconds: u32) -> String {
    let (hour, minute) = (seconds / 3600, seconds / 60 % 60);
    format!("{hour:02}:{minute:02}:{:02}", seconds % 60)
}

/// A date as iptables prints it, with this between day and time.
fn stamp(seconds: u32, between: char) -> String {
    let (year, month, day) = date_of(i64::from(seconds / DAY));
    format!(
        "{year:04}-{month:02}-{day:02}{between}{}",
        clock(seconds % DAY)
    )
}

impl Ext for Time {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self {
            date_start: 0,
            date_stop: LAST,
            day_start: 0,
            day_stop: DAY - 1,
            month_days: ALL_MONTH_DAYS,
            week_days: ALL_WEEK_DAYS,
            kernel_tz: false,
            contiguous: false,
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        let word = arg.text();
        let bad = |what: &str, hint: &str| Problem::new(format!("bad {what} `{word}`")).hint(hint);
        match arg.id {
            0 | 1 => {
                let date = date(word)
                    .ok_or_else(|| bad("date", "YYYY-MM-DDThh:mm:ss, from 1970 to 2038"))?;
                if arg.id == 0 {
                    self.date_start = date;
                } else {
                    self.date_stop = date;
                }
            }
            2 | 3 => {
                let time = day_time(word).ok_or_else(|| bad("time", "hh:mm or hh:mm:ss"))?;
                if arg.id == 2 {
                    self.day_start = time;
                } else {
                    self.day_stop = time;
                }
            }
            4 => {
                let days = week_days(word).ok_or_else(|| bad("day", "Mon, Tue, ... Sun"))?;
                self.week_days = if arg.inverted {
                    !days & ALL_WEEK_DAYS
                } else {
                    days
                };
            }
            5 => {
                let days = month_days(word)
                    .ok_or_else(|| bad("day of the month", "numbers from 1 to 31, with commas"))?;
                self.month_days = if arg.inverted {
                    days ^ ALL_MONTH_DAYS
                } else {
                    days
                };
            }
            6 => self.kernel_tz = true,
            7 => {}
            _ => self.contiguous = true,
        }
        Ok(())
    }

    fn check(&mut self, _: &Env<'_>) -> Read<()> {
        if self.contiguous && self.day_start < self.day_stop {
            return Err(Problem::new("`--contiguous` needs a span over midnight")
                .hint("--timestart later than --timestop"));
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        if self.restricts_day() {
            let (start, stop) = (clock(self.day_start), clock(self.day_stop));
            let _ = write!(out, " --timestart {start} --timestop {stop}");
        }
        if self.month_days != ALL_MONTH_DAYS {
            let days: Vec<String> = self.dates().map(|day| day.to_string()).collect();
            let _ = write!(out, " --monthdays {}", days.join(","));
        }
        if self.week_days != ALL_WEEK_DAYS {
            let days: Vec<&str> = self.days().collect();
            let _ = write!(out, " --weekdays {}", days.join(","));
        }
        if self.date_start != 0 {
            let _ = write!(out, " --datestart {}", stamp(self.date_start, 'T'));
        }
        let _ = write!(out, " --datestop {}", stamp(self.date_stop, 'T'));
        if self.kernel_tz {
            out.push_str(" --kerneltz");
        }
        if self.contiguous {
            out.push_str(" --contiguous");
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" TIME");
        if self.restricts_day() {
            let (start, stop) = (clock(self.day_start), clock(self.day_stop));
            let _ = write!(out, " from {start} to {stop}");
        }
        if self.week_days != ALL_WEEK_DAYS {
            let days: Vec<&str> = self.days().collect();
            let _ = write!(out, " on {}", days.join(","));
        }
        if self.month_days != ALL_MONTH_DAYS {
            let ending = |day: u32| match day % 10 {
                1 => "st",
                2 => "nd",
                3 => "rd",
                _ => "th",
            };
            let days: Vec<String> = self
                .dates()
                .map(|day| format!("{day}{}", ending(day)))
                .collect();
            let _ = write!(out, " on {}", days.join(","));
        }
        if self.date_start != 0 {
            let _ = write!(out, " starting from {}", stamp(self.date_start, ' '));
        }
        if self.date_stop != LAST {
            let _ = write!(out, " until date {}", stamp(self.date_stop, ' '));
        }
        if !self.kernel_tz {
            out.push_str(" UTC");
        }
        if self.contiguous {
            out.push_str(" contiguous");
        }
    }
}
