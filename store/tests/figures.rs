use store::{AppendError, Log};

use crate::support::{draft, small_segments};

#[tokio::test]
async fn figures_tell_what_was_written_and_waits() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), small_segments()).unwrap();
    let drafts: Vec<_> = (0..20).map(|_| draft(&["one", "two", "three"])).collect();
    let again = drafts[3].clone();
    futures_util::future::join_all(drafts.into_iter().map(|draft| log.append(None, draft))).await;
    assert!(log.append(None, again).await.unwrap().duplicate);
    let refused = log.append(Some(store::Head::EMPTY), draft(&["late"])).await;
    assert!(matches!(refused, Err(AppendError::Conflict { .. })));
    let told = log.metrics();
    assert_eq!((told.appended_commits, told.appended_events), (20, 60));
    assert_eq!((told.queued_commits, told.queued_bytes, told.failed_writes), (0, 0, 0));
    assert_eq!(told.group_commits.sum, 20, "each commit is in one group");
    assert_eq!(told.group_commits.count, told.sync_us.count, "one sync a group");
    assert!(told.sync_us.sum > 0 && told.appended_bytes > 60);
    let bounds = &told.group_commits.upto;
    assert!(bounds.is_sorted() && bounds.last().unwrap().1 == told.group_commits.count);
    assert!(told.free_bytes.unwrap() > 0 && told.read_only.is_none() && !told.is_full);
    assert_eq!(Log::memory().metrics().free_bytes, None);
}
