//! `time` (net/netfilter/xt_time.c), by the date that a snapshot was taken at.
//! Without one, and for `--kerneltz`, it is not modelled: the kernel's time
//! zone is in no snapshot.

use packetwalk_rules::Match;
use packetwalk_rules::xt::time::{ALL_MONTH_DAYS, DAY, DAYS, Time, date_of};

use crate::walk::Has;

use super::{Answer, Ask, wanted};

/// Seconds of a day.
const SECONDS: u64 = DAY as u64;

pub(super) fn matches(ask: &Ask<'_>, wants: &Time, found: &Match) -> Answer {
    let Some(start) = ask.world.wall else {
        return Answer::NotModelled("time: the snapshot does not say when it was taken".into());
    };
    if wants.kernel_tz {
        return Answer::NotModelled("time --kerneltz: the time zone is not known".into());
    }
    let now = start + ask.world.now / 1_000_000_000;
    let no = |option: &str, has: String| {
        ask.no(option, false, || wanted(found, option), || Has::Value(has))
    };
    let date = || {
        let (year, month, day) = date_of((now / SECONDS) as i64);
        format!("{year:04}-{month:02}-{day:02}")
    };
    let time = now % SECONDS;
    let clock = || format!("{:02}:{:02}:{:02}", time / 3600, time / 60 % 60, time % 60);
    if now < u64::from(wants.date_start) {
        return no("--datestart", format!("{}T{}", date(), clock()));
    }
    if now > u64::from(wants.date_stop) {
        return no("--datestop", format!("{}T{}", date(), clock()));
    }
    let (first, last) = (u64::from(wants.day_start), u64::from(wants.day_stop));
    let mut day = now / SECONDS;
    if first < last {
        if time < first || time > last {
            return no("--timestart", clock());
        }
    } else {
        if time < first && time > last {
            return no("--timestart", clock());
        }
        // What lies behind midnight counts as the day before.
        if wants.contiguous && time <= last {
            day = day.saturating_sub(1);
        }
    }
    // 1970-01-01 was a Thursday.
    let weekday = (day + 3) % 7;
    if wants.week_days & (2 << weekday) == 0 {
        let name = DAYS.get(weekday as usize).copied().unwrap_or("");
        return no("--weekdays", name.to_owned());
    }
    let (_, _, month_day) = date_of(day as i64);
    if wants.month_days != ALL_MONTH_DAYS && wants.month_days & (1 << month_day) == 0 {
        return no("--monthdays", month_day.to_string());
    }
    Answer::Yes
}
