//! The log's figures in Prometheus's text form, in base units.

use std::fmt::{Result, Write};

use store::{Histogram, LogMetrics, ScrubFigures};

/// Appends them.
pub(super) fn write(out: &mut String, log: &LogMetrics) {
    // Writing into a string cannot fail.
    if write_all(out, log).is_err() {
        tracing::error!("the log's metrics could not be written");
    }
}

fn write_all(out: &mut String, log: &LogMetrics) -> Result {
    let counters = [
        ("commits", "Commits written since the log was opened.", log.appended_commits),
        ("events", "Events written since the log was opened.", log.appended_events),
        ("bytes", "Bytes of commits written since the log was opened.", log.appended_bytes),
        (
            "failed_writes",
            "Groups whose write failed; the log is read-only then.",
            log.failed_writes,
        ),
        ("refused_full", "Groups refused because the disk is nearly full.", log.refused_full),
    ];
    for (name, help, value) in counters {
        let name = format!("lianzhu_log_{name}_total");
        one(out, &name, "counter", help, value)?;
    }
    one(out, "lianzhu_log_queue_commits", "gauge", "Commits that wait.", log.queued_commits)?;
    let help = "Bytes of commits that wait or are being written.";
    one(out, "lianzhu_log_queue_bytes", "gauge", help, log.queued_bytes)?;
    if let Some(free) = log.free_bytes {
        let help = "Bytes that are free on the disk that holds the log.";
        one(out, "lianzhu_log_disk_free_bytes", "gauge", help, free)?;
    }
    let name = "lianzhu_log_read_only";
    head(out, name, "gauge", "1 while the log takes no commits, by reason.")?;
    writeln!(out, "{name}{{reason=\"failed\"}} {}", u8::from(log.read_only.is_some()))?;
    writeln!(out, "{name}{{reason=\"disk_full\"}} {}", u8::from(log.is_full))?;
    let help = "Commits that shared one sync of the disk.";
    histogram(out, "lianzhu_log_group_commits", help, &log.group_commits, |count| {
        count.to_string()
    })?;
    let help = "How long the journal's syncs took.";
    histogram(out, "lianzhu_log_sync_seconds", help, &log.sync_us, seconds)?;
    log.scrub.as_ref().map_or(Ok(()), |scrub| of_scrub(out, scrub))
}

/// What the background check of finished segments did.
fn of_scrub(out: &mut String, scrub: &ScrubFigures) -> Result {
    let help = "Bytes of finished segments that the background check has read.";
    one(out, "lianzhu_log_scrub_bytes_total", "counter", help, scrub.bytes)?;
    let help = "Passes of the background check that reached the end.";
    one(out, "lianzhu_log_scrub_passes_total", "counter", help, scrub.passes)?;
    let help = "Faults that the background check found; run `lianzhu log repair` when it grows.";
    one(out, "lianzhu_log_scrub_faults_total", "counter", help, scrub.faults)?;
    let Some(since) = scrub.since_last_pass else { return Ok(()) };
    let help = "How long ago the last pass of the background check ended.";
    one(out, "lianzhu_log_scrub_since_last_pass_seconds", "gauge", help, since.as_secs())
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) -> Result {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}")
}

fn one(out: &mut String, name: &str, kind: &str, help: &str, value: u64) -> Result {
    head(out, name, kind, help)?;
    writeln!(out, "{name} {value}")
}

fn histogram(
    out: &mut String,
    name: &str,
    help: &str,
    figures: &Histogram,
    told: impl Fn(u64) -> String,
) -> Result {
    head(out, name, "histogram", help)?;
    for (bound, count) in &figures.upto {
        writeln!(out, "{name}_bucket{{le=\"{}\"}} {count}", told(*bound))?;
    }
    writeln!(out, "{name}_bucket{{le=\"+Inf\"}} {}", figures.count)?;
    writeln!(out, "{name}_sum {}\n{name}_count {}", told(figures.sum), figures.count)
}

/// Microseconds as seconds, exactly.
fn seconds(us: u64) -> String {
    format!("{}.{:06}", us / 1_000_000, us % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_told_in_base_units() {
        assert_eq!(seconds(250), "0.000250");
        assert_eq!(seconds(12_345_678), "12.345678");
        let figures = Histogram { upto: vec![(1, 0), (1_000, 2)], count: 3, sum: 1_500_000 };
        let mut out = String::new();
        histogram(&mut out, "x_seconds", "What.", &figures, seconds).unwrap();
        assert_eq!(
            out,
            "# HELP x_seconds What.\n# TYPE x_seconds histogram\n\
             x_seconds_bucket{le=\"0.000001\"} 0\nx_seconds_bucket{le=\"0.001000\"} 2\n\
             x_seconds_bucket{le=\"+Inf\"} 3\nx_seconds_sum 1.500000\nx_seconds_count 3\n"
        );
    }
}
