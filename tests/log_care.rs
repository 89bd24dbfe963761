use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::Desk;
use crate::support::server::Server;

const ARTICLE: &str = "06-seal-ring-journey.md";

/// Every file under a folder, with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    all
}

fn data(desk: &Desk) -> PathBuf {
    desk.path().join("lianzhu-data")
}

/// Turns one bit in the middle of the journal.
fn hurt_journal(desk: &Desk) {
    let segment = data(desk).join("journal/00000000000000000001.seg");
    let mut bytes = std::fs::read(&segment).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    std::fs::write(segment, bytes).unwrap();
}

#[test]
fn what_the_journal_lost_is_mended_from_the_index_after_a_rehearsal() {
    let desk = Desk::new().with_article(ARTICLE);
    let head = desk.head();
    let calm = desk.run(["log", "repair", "--json"]).well();
    assert_eq!(calm.json()["mended"], serde_json::json!([]));
    assert!(desk.run(["log", "repair"]).well().err.contains("nothing to mend"));

    hurt_journal(&desk);
    let damaged = desk.run(["log", "verify", "--deep"]).failed(1);
    assert!(damaged.err.contains("lianzhu log repair"), "{damaged:?}");
    let before = files(&data(&desk));
    let rehearsed = desk.run(["log", "repair", "--dry-run", "--json"]).well().json();
    assert!(files(&data(&desk)) == before, "a dry run changed the folder");
    let told = desk.run(["log", "repair", "--dry-run"]).well();
    assert!(told.out.contains("would mend: "), "{told:?}");
    assert!(!told.err.contains("WARN") && !told.out.contains("/tmp/.tmp"), "{told:?}");

    let mut done = desk.run(["log", "repair", "--json"]).well().json();
    assert_eq!((&done["dry_run"], &done["head"]), (&false.into(), &head.0.into()));
    done["dry_run"] = true.into();
    assert_eq!(done, rehearsed, "the rehearsal told something else");
    let aside = done["mended"][0]["set_aside"].as_str().unwrap();
    assert!(desk.path().join(aside).exists(), "{aside}");
    assert_eq!(desk.run(["log", "verify", "--deep", "--json"]).well().json()["sound"], true);
    assert_eq!(desk.head(), head);
}

#[test]
fn what_both_copies_lost_is_refused_and_named() {
    let desk = Desk::new().with_article(ARTICLE);
    hurt_journal(&desk);
    std::fs::remove_dir_all(data(&desk).join("index")).unwrap();
    let before = files(&data(&desk));
    for arguments in [&["log", "repair"][..], &["log", "repair", "--dry-run"]] {
        let refused = desk.run(arguments).failed(1);
        assert!(refused.err.contains("are lost") && refused.err.contains("事件"), "{refused:?}");
        assert!(!refused.err.contains("/tmp/.tmp"), "{refused:?}");
    }
    assert!(files(&data(&desk)) == before, "a refusal changed the folder");
}

#[test]
fn a_deleted_index_is_missing_and_comes_back() {
    let desk = Desk::new().with_article(ARTICLE);
    std::fs::remove_dir_all(data(&desk).join("index")).unwrap();
    let ran = desk.run(["log", "verify", "--json"]);
    assert_eq!(ran.json()["index"], "missing; opening the log builds it anew");
    ran.failed(1);
    let repaired = desk.run(["log", "repair", "--json"]).well().json();
    assert_eq!(repaired["mended"][0]["part"], "index");
    assert_eq!(desk.run(["log", "verify", "--json"]).well().json()["sound"], true);
}

#[test]
fn a_checkpoint_kept_elsewhere_shows_a_cut_end_and_another_log() {
    let desk = Desk::new().with_article(ARTICLE);
    assert_eq!(
        desk.run(["log", "info", "--json"]).well().json()["last_checkpoint"],
        serde_json::Value::Null
    );
    std::fs::create_dir(desk.path().join("elsewhere")).unwrap();
    let key = ["--key", "elsewhere/key"];
    let signed = desk.run(["log", "checkpoint", "--key", "elsewhere/key", "--json"]).well();
    assert!(signed.err.contains("a new key was made"), "{signed:?}");
    let (head, hash) = desk.head();
    assert_eq!((&signed.json()["head"], &signed.json()["hash"]), (&head.into(), &hash.into()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let key = std::fs::metadata(desk.path().join("elsewhere/key")).unwrap();
        assert_eq!(key.permissions().mode() & 0o777, 0o600);
    }
    let last = desk.run(["log", "info", "--json"]).well().json();
    assert_eq!(last["last_checkpoint"]["head"], head);
    assert!(last["bytes_per_event"].as_u64().unwrap() > 0, "{last}");

    let public = desk.run(["log", "checkpoint", "--public-key", key[0], key[1]]).well();
    assert_eq!(public.err, "", "the key is there already");
    desk.file("elsewhere/public", &public.out);
    let out = ["log", "checkpoint", key[0], key[1], "--out", "elsewhere/signed"];
    assert_eq!(desk.run(out).well().out, "");
    let note = std::fs::read_to_string(desk.path().join("elsewhere/signed")).unwrap();
    assert!(note.starts_with("lianzhu-log/") && note.contains("\n\n— lianzhu-log/"), "{note}");

    let against = |desk: &Desk, folder: &str| {
        desk.run([
            "log",
            "verify",
            "--json",
            "--against",
            "elsewhere/signed",
            "--public-key",
            "elsewhere/public",
            "--data",
            folder,
        ])
    };
    assert_eq!(against(&desk, "lianzhu-data").well().json()["against"]["holds"], true);
    // The key itself does instead of the file that holds it.
    let given = public.out.trim();
    desk.run(["log", "verify", "--against", "elsewhere/signed", "--public-key", given]).well();

    // The log grows; what was signed is still there.
    let text =
        desk.file("more.md", "汀洲珂砚陶瓷科技有限公司为晨屿绛帆密封件有限公司供应碳化硅密封环。");
    desk.run([std::ffi::OsStr::new("ingest"), text.as_os_str()]).well();
    assert!(desk.head().0 > head);
    against(&desk, "lianzhu-data").well();

    // Nothing left, and another log: sound each by itself.
    let empty = against(&desk, "nothing");
    assert_eq!(empty.json()["sound"], true);
    let empty = empty.failed(1);
    assert!(empty.err.contains("cut off") && empty.err.contains("截断"), "{empty:?}");
    let path = crate::support::article(ARTICLE);
    desk.run(["ingest", path.to_str().unwrap(), "--data", "other"]).well();
    let other = against(&desk, "other").failed(1);
    assert!(other.err.contains("another log"), "{other:?}");
}

#[test]
fn checkpoints_that_cannot_be_trusted_are_told_apart() {
    let desk = Desk::new().with_article(ARTICLE);
    let keyless = desk.file("keyless", "x");
    let keyless = keyless.to_str().unwrap();
    let told = desk.run(["log", "verify", "--against", keyless]).failed(1);
    assert!(told.err.contains("no checkpoint"), "{told:?}");
    desk.run(["log", "verify", "--against", "absent"]).failed(1);
    desk.run(["log", "verify", "--public-key", "x"]).failed(2);

    desk.run(["log", "checkpoint", "--out", "signed"]).well();
    // The data folder's own key will do, and that it proves less is said.
    let own = desk.run(["log", "verify", "--against", "signed"]).well();
    assert!(own.err.contains("proves more"), "{own:?}");
    let note = std::fs::read_to_string(desk.path().join("signed")).unwrap();
    let changed = desk.file("changed", note.replacen("epoch 1", "epoch 2", 1));
    let told = desk.run(["log", "verify", "--against", changed.to_str().unwrap()]).failed(1);
    assert!(told.err.contains("does not fit"), "{told:?}");
    let told = desk.run(["log", "verify", "--against", "signed", "--public-key", "nonsense"]);
    assert!(told.failed(2).err.contains("no public key"));

    // Without the key that made it.
    std::fs::remove_file(data(&desk).join("checkpoint.key")).unwrap();
    let told = desk.run(["log", "verify", "--against", "signed"]).failed(2);
    assert!(told.err.contains("--public-key"), "{told:?}");
    desk.run(["log", "checkpoint"]).well();
    let told = desk.run(["log", "verify", "--against", "signed"]).failed(1);
    assert!(told.err.contains("not signed by the key"), "{told:?}");
    // A spoilt key is not replaced by a new one.
    std::fs::write(data(&desk).join("checkpoint.key"), "spoilt").unwrap();
    desk.run(["log", "checkpoint"]).failed(1);
    assert_eq!(std::fs::read(data(&desk).join("checkpoint.key")).unwrap(), b"spoilt");
    // Nothing to sign.
    let nothing = desk.run(["log", "checkpoint", "--data", "nothing"]).failed(1);
    assert!(!desk.path().join("nothing").exists(), "{nothing:?}");
}

#[test]
fn while_a_server_holds_the_folder_its_address_is_told_and_it_scrubs() {
    let desk = Desk::new().with_article(ARTICLE);
    desk.run(["log", "checkpoint", "--out", "signed"]).well();
    let server = Server::start(desk.path(), &[]);
    for command in [&["verify", "--deep"][..], &["repair"]] {
        let told = desk.run(["log"].iter().chain(command)).failed(1);
        assert!(told.err.contains(&server.address), "{command:?}: {told:?}");
    }
    // The journal is read beside it, and signed.
    let told = desk.run(["log", "verify", "--against", "signed", "--json"]).well().json();
    assert_eq!((&told["sound"], &told["against"]["holds"]), (&true.into(), &true.into()));
    assert!(told["index"].as_str().unwrap().contains("in use"), "{told}");
    let info = desk.run(["log", "info", "--json"]).well().json();
    let signed = desk.run(["log", "checkpoint", "--json"]).well().json();
    let found = desk.run(["doctor"]).well();
    assert!(found.out.contains(&server.address) && found.out.contains("held by"), "{found:?}");
    assert_eq!((&signed["head"], &signed["hash"]), (&info["head"], &info["hash"]));
    let metrics = ureq::get(&server.url("/metrics")).call().unwrap();
    let metrics = metrics.into_body().read_to_string().unwrap();
    for name in ["bytes_total", "passes_total", "faults_total"] {
        assert!(metrics.contains(&format!("lianzhu_log_scrub_{name} ")), "{metrics}");
    }
}
