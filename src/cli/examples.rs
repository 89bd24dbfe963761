//! The examples under every `--help`.

/// Frames examples as one help section.
macro_rules! examples {
    ($($name:ident = $text:literal;)+) => {
        $(pub(super) const $name: &str = concat!("Examples:\n", $text);)+
    };
}

examples! {
    LIANZHU = "  lianzhu serve --demo              read the bundled articles and serve them
  lianzhu ingest article.md         record an article and its claims
  lianzhu find 泵业                 who has a name like this?
  lianzhu trace 沅朔泵业 --direction upstream

Settings come from flags, then the environment (LIANZHU_…), then lianzhu.toml:
  lianzhu config show

Results go to standard output, words about them to standard error.
Exit codes: 0 done, 1 failed, 2 wrong usage.";
    SERVE = "  lianzhu serve --demo
  lianzhu serve --data /srv/lianzhu --listen 127.0.0.1:9000
  lianzhu serve --chain-template ./chains   record templates of chains first
  lianzhu serve --listen 127.0.0.1:0        the port is told on standard output

The line `listening on http://ADDRESS` on standard output says that the server is ready.
The first Ctrl-C lets requests finish; the second ends the server at once.";
    INGEST = "  lianzhu ingest article.md
  lianzhu ingest *.txt --publisher 萧山日报 --published-on 2025-05-24
  pdftotext report.pdf - | lianzhu ingest - --title 年报
  lianzhu ingest article.md --dry-run

A Markdown file may begin with the same facts as front matter:
  ---
  title: 一张膜，撑起一座小镇
  publisher: 萧山产业观察
  published_on: 2025-05-26
  ---";
    EXTRACT = "  lianzhu extract article.md > claims.ndjson
  lianzhu extract article.md | lianzhu eval --gold gold.json -
  lianzhu extract article.md --data ./lianzhu-data     also tell which entities are known there";
    EXPLAIN = "  lianzhu explain article.md
  lianzhu explain article.md --json | jq '.[] | select(.outcome != \"accepted\")'";
    IMPORT = "  lianzhu import claims.ndjson
  lianzhu import claims.ndjson --skip-bad
  lianzhu generate --size S --seed 7 | lianzhu import -

Importing a file again adds nothing.";
    EXPORT = "  lianzhu export > everything.ndjson
  lianzhu export --at 1200 > as-known-then.ndjson
  lianzhu export | lianzhu import - --data ./copy";
    GENERATE = "  lianzhu generate --size S --seed 7 > ecosystem.ndjson
  lianzhu generate --size XS --seed 1 --evidence | head -3";
    EVAL = "  lianzhu eval --gold gold.json claims.ndjson
  lianzhu extract article.md | lianzhu eval --gold gold.json - --json";
    FIND = "  lianzhu find 科百特
  lianzhu find kbt                          by the initials of its pinyin
  lianzhu find 密封 --kind FIRM --limit 50 --json";
    STATS = "  lianzhu stats
  lianzhu stats --at 300 --json
  lianzhu stats --valid-on 2024-06-30";
    NETWORK = "  lianzhu network 一镇五星
  lianzhu network 一镇五星 --json           with the claims that say who belongs to it

Seats that a source counts and none fills stay vacant; nothing is filled in.";
    SUBGRAPH = "  lianzhu subgraph 沅朔泵业
  lianzhu subgraph 沅朔泵业 绛帆密封 --depth 2 --limit 30
  lianzhu subgraph 泵芯小镇 --kind FIRM --json";
    TRACE = "  lianzhu trace 沅朔泵业 --direction upstream
  lianzhu trace 衡渚装备 --direction upstream --product 磁力驱动泵
  lianzhu trace 砺岫新材 --direction downstream --leaf-within 晨屿区
  lianzhu trace 砺岫新材 --direction downstream --depth 6
  lianzhu trace 沅朔泵业 --direction upstream --basis stated --basis derived
  lianzhu trace 沅朔泵业 --direction upstream --valid-on 2024-06-30 --json
  lianzhu trace 沅朔泵业 --direction upstream --without 珂砚陶瓷   as if it were not there";
    COMMON = "  lianzhu common 岫步机器人 苍栎智能
  lianzhu common 榫戈电机 棣梧轴承 --direction out
  lianzhu common 岫步机器人 苍栎智能 --predicate LOCATED_IN --direction out --json";
    PATHS = "  lianzhu paths 砺岫新材 沅朔泵业
  lianzhu paths 砺岫新材 沅朔泵业 --predicate SUPPLIES --forward
  lianzhu paths 棣梧轴承 苍栎智能 --max-length 4 --limit 10 --json";
    IMPACT = "  lianzhu impact 珂砚陶瓷
  lianzhu impact 榫戈电机 棣梧轴承          both at once
  lianzhu impact 砺岫新材 --depth 6 --json  with the claims that say so
  lianzhu impact 珂砚陶瓷 --suppose 'FIRM:澄砚陶瓷 SUPPLIES 晨屿绛帆密封件有限公司; product=碳化硅密封环'

What is supposed is recorded nowhere: first --without, then --sever, then --suppose, each in the order
given. A name alone is one that is known; KIND:NAME may be new.";
    CHOKEPOINTS = "  lianzhu chokepoints 沅朔泵业
  lianzhu chokepoints 衡渚装备 --depth 10 --json
  lianzhu chokepoints 沅朔泵业 --valid-on 2024-06-30
  lianzhu chokepoints 沅朔泵业 --sever '晨屿绛帆密封件有限公司 SUPPLIES 沅朔泵业'";
    SOLE_SOURCED = "  lianzhu sole-sourced
  lianzhu sole-sourced --within 晨屿区
  lianzhu sole-sourced --kind FIRM --json   firms with one known supplier";
    DIFF = "  lianzhu diff --from 1200                  what was recorded since then
  lianzhu diff --from 1200 --to 1300 --limit 20
  lianzhu diff --from-valid-on 2023-06-30 --to-valid-on 2024-06-30 --json";
    CONFLICTS = "  lianzhu conflicts
  lianzhu conflicts 沅朔泵业
  lianzhu conflicts --limit 100 --json      with the claims and their words";
    DUPLICATES = "  lianzhu duplicates
  lianzhu duplicates --kind FIRM --min-score 0.8
  lianzhu duplicates --min-score 0 --json   also what speaks against the pairs

Nothing is merged: it lists what may be one, with the reasons for and against. A merge is recorded
with the mutation `mergeEntities`; `markDistinct` keeps a pair from coming back.";
    IF_RETRACTED = "  lianzhu if-retracted --document 一枚密封环的旅程
  lianzhu if-retracted --claim 5f0c7d5e-8f4b-5b52-9a55-0d2f8f0c3a11 --json

Nothing is written. Other commands print the ids of claims and the titles of their documents with
--json.";
    TIMELINE = "  lianzhu timeline
  lianzhu timeline --clock valid --bucket month --from 2023-01-01
  lianzhu timeline --clock recorded --bucket day --json";
    CHAIN = "  lianzhu chain load
  lianzhu chain report 具身智能产业
  lianzhu chain report 特种泵阀产业 --region 晨屿区 --json";
    CHAIN_REPORT = "  lianzhu chain report 具身智能产业
  lianzhu chain report 具身智能产业 --region 萧山区
  lianzhu chain report 特种泵阀产业 --json | jq '.missing[].name'

`missing`: documents speak of the stage, no firm is known. `not read about`: none speaks of it.";
    CHAIN_LOAD = "  lianzhu chain load                        the bundled templates
  lianzhu chain load battery.toml
  lianzhu chain load ./chains

A template names stages, never firms:
  name = \"battery\"
  version = 1
  chain = \"动力电池产业\"
  [[stage]]
  name = \"正极材料\"
  position = \"upstream\"
  scope = [\"磷酸铁锂\", \"三元材料\"]
  feeds = [\"电芯\"]
  [[stage]]
  name = \"电芯\"
  position = \"midstream\"

Recording one again changes nothing.";
    RANKING = "  lianzhu ranking --by degree --kind FIRM
  lianzhu ranking --by pagerank --predicate SUPPLIES
  lianzhu ranking --by betweenness --within 晨屿区 --limit 5 --json";
    COMMUNITIES = "  lianzhu communities
  lianzhu communities --predicate SUPPLIES --min-size 4 --json";
    QUERY = "  lianzhu query '{ stats { seq entities relations claims } }'
  lianzhu query 'query($n: String!) { entity(name: $n) { name kind aliases } }' \\
    --variables '{\"n\": \"科百特\"}'
  lianzhu query - < question.graphql";
    LOG = "  lianzhu log info
  lianzhu log tail -n 20
  lianzhu log verify
  lianzhu log repair --dry-run
  lianzhu log checkpoint --key /media/stick/lianzhu.key --out /media/stick/today.checkpoint
  lianzhu log backup /backup/lianzhu
  lianzhu log export log.lzx";
    LOG_INFO = "  lianzhu log info
  lianzhu log info --json | jq .head

Works beside a server that holds the folder; what is not durable yet does not count.";
    LOG_TAIL = "  lianzhu log tail
  lianzhu log tail --after 0 --json         every event, one a line
  lianzhu log tail -f

Works beside a server that holds the folder. An event is shown once it is durable: at most a tenth of
a second after it was acknowledged.";
    LOG_VERIFY = "  lianzhu log verify
  lianzhu log verify --deep
  lianzhu log verify --data /backup/lianzhu --json
  lianzhu log verify --against today.checkpoint --public-key lianzhu.pub

Exits with 0 where the log is sound, and with 1 where a copy of something is lost or the log does
not hold what the checkpoint was signed over. A missing index is a lost copy, though opening the log
builds it again. Beside a server that holds the folder the journal is checked as far as it is
durable, up to the first damage; the index is left to the server, which compares it.";
    LOG_REPAIR = "  lianzhu log repair --dry-run
  lianzhu log repair
  lianzhu log repair --data /srv/lianzhu --json

Reads every byte. What the journal lost comes from the index, and what the index lost from the
journal; what was damaged is kept under another name, told at the end. Where both lost the same
events it refuses, names them and changes nothing. Stopped at any point, run it again.";
    LOG_CHECKPOINT = "  lianzhu log checkpoint --out today.checkpoint
  lianzhu log checkpoint --key /media/stick/lianzhu.key --out /media/stick/today.checkpoint
  lianzhu log checkpoint --public-key > lianzhu.pub
  lianzhu log verify --against today.checkpoint --public-key lianzhu.pub

The log proves by itself that nothing in it was changed, but not that its end is still there, nor
that it was not written anew as a whole. A checkpoint does, if it and the key lie where whoever can
write the data folder cannot reach them: on another machine, on paper, with somebody else.
Works beside a server that holds the folder; what is durable is signed.";
    LOG_EXPORT = "  lianzhu log export log.lzx
  lianzhu log export --format ndjson - | jq -c 'select(.events) | {seq, actor}'
  lianzhu log export --format ndjson --from 1200 since.ndjson

The file holds every commit with its id, time, author and hash; `lianzhu log import` makes the same log
of it, with the same head hash. What is known, as claims, is what `lianzhu export` writes.
Works beside a server that holds the folder. The file gets its name when it is whole.";
    LOG_IMPORT = "  lianzhu log import log.lzx --data ./copy
  lianzhu log export --format ndjson - | lianzhu log import - --data ./copy

The data folder must be new or empty. Every commit is checked; a file that is damaged, cut or out of
order is refused, and leaves nothing. Claims files are what `lianzhu import` takes.";
    LOG_BACKUP = "  lianzhu log backup /backup/lianzhu
  lianzhu log backup /backup/lianzhu --data /srv/lianzhu --json | jq .head

Run again with the same folder, it copies only what is new; it refuses a folder with another log.
Everything that is copied is checked. The backup ends at an event that is durable.
It does not hold tokens or settings: copy the tokens file and lianzhu.toml yourself. Nor does it hold
the index, which `lianzhu log restore` builds anew; that also checks every commit of it.";
    LOG_RESTORE = "  lianzhu log restore /backup/lianzhu --data /srv/lianzhu

The data folder must be new or empty. Every commit is checked, and the folder is there whole or not at
all. Tokens and settings are no part of a backup: make new tokens with `lianzhu token new`.";
    TOKEN = "  lianzhu token new --role editor --name lin --expires 30d
  lianzhu token list
  lianzhu token revoke ID";
    TOKEN_NEW = "  lianzhu token new --role editor --name lin --expires 30d
  lianzhu token new --role reader --expires 2026-12-31

The secret is printed once and kept nowhere. Send it as `Authorization: Bearer SECRET`.";
    TOKEN_LIST = "  lianzhu token list
  lianzhu token list --json";
    TOKEN_REVOKE = "  lianzhu token revoke 0f3a91c2";
    SCHEMA = "  lianzhu schema > schema.graphql";
    ONTOLOGY = "  lianzhu ontology
  lianzhu ontology --json | jq '.predicates[] | select(.name == \"LEADS\")'";
    CONFIG = "  lianzhu config show
  LIANZHU_LISTEN=127.0.0.1:9000 lianzhu config show --json

lianzhu.toml:
  data = \"/srv/lianzhu\"
  listen = \"127.0.0.1:9000\"";
    DOCTOR = "  lianzhu doctor
  lianzhu doctor --data /srv/lianzhu --json";
    COMPLETIONS = "  lianzhu completions bash > /etc/bash_completion.d/lianzhu
  lianzhu completions fish > ~/.config/fish/completions/lianzhu.fish";
}
