//! The failures that people meet most, in words for them, in both languages.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use gql::{ServeError, TokenError};
use graph::decide::Refusal;
use graph::ledger::{IngestError, ReplayError, SubmitError};
use graph::query::AmbiguousName;
use store::{AppendError, CloseError, OpenError, ReadError};

use super::Failure;

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Failure {
        match &error {
            OpenError::Locked { folder, holder: Some(address) } => {
                let folder = folder.display();
                Failure::new(format!("the data folder {folder} is held by the server at {address}"))
                    .way_out(format!("ask it there, for instance at {address}/console, or stop it"))
                    .in_chinese(format!(
                        "数据文件夹 {folder} 正由 {address} 的服务使用；请访问该地址，或先停止它"
                    ))
            }
            OpenError::Locked { folder, holder: None } => {
                let folder = folder.display();
                Failure::new(format!(
                    "the data folder {folder} is in use by another lianzhu process"
                ))
                .way_out("wait until it is done, or choose another folder with --data")
                .in_chinese(format!(
                    "数据文件夹 {folder} 正被另一个 lianzhu 进程使用；请等它结束，或用 --data 另选文件夹"
                ))
            }
            OpenError::NoPermission { path } => Failure::of(&error).in_chinese(format!(
                "没有写入 {} 的权限；请授予权限，或用 --data 另选文件夹",
                path.display()
            )),
            _ => Failure::of(&error),
        }
    }
}

impl From<SubmitError> for Failure {
    fn from(error: SubmitError) -> Failure {
        match &error {
            SubmitError::Append(AppendError::DiskFull { floor, .. }) => Failure::of(&error)
                .way_out(
                    "make room, then run the command again; or let less stay free with min_free_mib",
                )
                .in_chinese(format!(
                    "磁盘剩余空间不足（须保留 {} MiB），未记录任何内容；请腾出空间后重试，或调小 min_free_mib",
                    floor >> 20
                )),
            SubmitError::Append(AppendError::ReadOnly { .. } | AppendError::Io(_)) => {
                Failure::of(&error)
                    .way_out("free some space or mend the disk, then run the command again")
                    .in_chinese("日志无法写入；请检查磁盘空间后重试")
            }
            SubmitError::Append(AppendError::Unknown) => Failure::new(
                "the log failed while it wrote; it is not known whether the last commit was recorded",
            )
            .way_out(
                "free some space or mend the disk, then run the command again: nothing is recorded twice",
            )
            .in_chinese("写入日志时出错，不能确定最后一次提交是否已记录；请检查磁盘空间后重试，不会重复记录"),
            _ => Failure::of(&error),
        }
    }
}

impl From<IngestError> for Failure {
    fn from(error: IngestError) -> Failure {
        match error {
            IngestError::Extract(error) => error.into(),
            IngestError::Submit(error) => error.into(),
        }
    }
}

/// Errors whose own words say what, where and what to do.
macro_rules! told_by_itself {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Failure {
                Failure::of(&error)
            }
        })+
    };
}

told_by_itself!(
    ReplayError,
    CloseError,
    ReadError,
    Refusal,
    seeds::document::ReadError,
    graph::extract::ExtractError,
    ServeError,
    TokenError,
    store::CheckpointError,
);

/// A question to a data folder that holds no log.
pub(crate) fn nothing_there(folder: &Path) -> Failure {
    let demo = Path::new(crate::config::DEMO_FOLDER);
    let way_out = if crate::wiring::holds_a_log(demo) {
        "the demo lies in ./lianzhu-demo: add `--data lianzhu-demo`; or fill this folder with `lianzhu ingest ARTICLE`"
    } else {
        "fill it with `lianzhu ingest ARTICLE`, or name another with --data; `lianzhu serve --demo` fills ./lianzhu-demo"
    };
    let folder = folder.display();
    Failure::new(format!("there is nothing in the data folder {folder} yet"))
        .way_out(way_out)
        .in_chinese(format!(
            "数据文件夹 {folder} 里还没有内容；请先运行 `lianzhu ingest 文章`，或用 --data 另选文件夹（演示数据在 ./lianzhu-demo）"
        ))
}

/// A name that several entities bear.
pub(crate) fn ambiguous(error: &AmbiguousName) -> Failure {
    let list: String = error
        .candidates
        .iter()
        .map(|(id, kind, name)| format!("\n  {id}  {kind}  {name}"))
        .collect();
    let count = error.candidates.len();
    Failure::new(format!(
        "{count} entities are named `{}`; say which by its id or its kind, as in FIRM:NAME:{list}",
        error.name
    ))
    .in_chinese(format!("有 {count} 个实体名为“{}”；请用上列编号或 --kind 指明", error.name))
}

/// A name that nobody bears, with the nearest names that somebody does.
pub(crate) fn unknown_name(name: &str, near: &[String]) -> Failure {
    let failure = Failure::new(format!("no entity is named `{name}`"))
        .in_chinese(format!("没有名为“{name}”的实体；可用 `lianzhu find {name}` 查找"));
    if near.is_empty() {
        failure.way_out(format!("look for parts of the name with `lianzhu find {name}`"))
    } else {
        failure.way_out(format!("did you mean {}?", near.join(", ")))
    }
}

/// An address that cannot be listened on.
pub(crate) fn cannot_listen(address: SocketAddr, error: &io::Error) -> Failure {
    let (ip, port) = (address.ip(), address.port());
    let free = SocketAddr::new(ip, 0);
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            Failure::new(format!("port {port} of {ip} is in use by another program"))
                .way_out(format!(
                    "stop that program, or let the system choose one with --listen {free}"
                ))
                .in_chinese(format!(
                    "{address} 已被其他程序占用；请停止该程序，或用 --listen {free} 自动选择端口"
                ))
        }
        io::ErrorKind::PermissionDenied => {
            Failure::new(format!("this user may not listen on {address}"))
                .way_out(format!("choose a port above 1023, such as --listen {ip}:8080"))
                .in_chinese(format!("没有监听 {address} 的权限；请改用 1023 以上的端口"))
        }
        io::ErrorKind::AddrNotAvailable => {
            Failure::new(format!("this machine has no address {ip}"))
                .way_out("listen on 127.0.0.1 (this machine only) or 0.0.0.0 (every address)")
                .in_chinese(format!("本机没有地址 {ip}；请用 127.0.0.1 或 0.0.0.0"))
        }
        _ => Failure::new(format!("cannot listen on {address}: {error}"))
            .way_out("choose another address with --listen"),
    }
}
