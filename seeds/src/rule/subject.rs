//! Who a clause speaks of, when the words of a rule do not say.

use graph::model::EntityKind;

use super::pattern::is_slot;
use super::rendering::{Rendering, Slot};
use crate::catalogue::EntityIndex;
use crate::period::TimeWord;
use crate::text::Extent;

/// What a sentence's rules may look back to.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    /// The sentence itself.
    pub(crate) here: &'a Rendering,
    /// Sentences before it in the same block, nearest first.
    pub(crate) before: Vec<&'a Rendering>,
    /// The region of the paragraph.
    pub(crate) region: Option<(EntityIndex, Extent)>,
    /// The industry named last before the sentence.
    pub(crate) chain: Option<(EntityIndex, Extent)>,
    /// Its time words.
    pub(crate) times: Vec<TimeWord>,
}

/// How far from a sentence's start its subject may stand to be taken up by later sentences, in
/// bytes of the rendering.
const OPENING: usize = 36;
/// How many sentences back a subject may be left out.
const SENTENCES_BACK: usize = 2;
/// Longest relative clause between two names (`公司自主研发的`), in characters.
const RELATIVE_MAX: usize = 7;
/// Words before a name that keep it from being a subject.
const OBLIQUE: &[&str] = &[
    "在",
    "于",
    "由",
    "以",
    "向",
    "为",
    "对",
    "与",
    "从",
    "将",
    "把",
    "被",
    "给",
    "依托",
    "针对",
    "关于",
    "按",
    "据",
    "于是",
    "围绕",
    "面向",
    "通过",
    "入选",
    "获评",
    "聚焦",
    "沿着",
    "说起",
    "说到",
    "经",
    "让",
    "用",
    "是",
    "到",
    "聚焦于",
    "来自",
    "联合",
    "携手",
    "和",
    "采购",
    "如",
    "包括",
    "有",
    "成为",
    "家",
    "个",
    "项",
    "名",
    "条",
    "座",
    "位",
];

/// Verbs before a name that make it their object; what a thing's maker does to it leaves it the
/// subject of what is said of it next.
const TRANSITIVE: &[&str] = &[
    "落地",
    "落地了",
    "引育",
    "招引",
    "吸引",
    "主持",
    "获得",
    "获",
    "建成",
    "建设",
    "建起",
    "打造",
    "引进",
    "引入",
    "培育",
    "培育出",
    "孵化",
    "出台",
    "印发",
    "布局",
    "发展",
    "投资",
    "入驻",
    "走进",
    "走访",
    "来到",
    "位于",
    "地处",
    "落户",
    "扎根",
    "加入",
    "荣获",
    "成立",
    "建立",
    "设立",
    "创建",
    "推进",
    "推出",
    "实施",
    "生产",
    "研发",
    "研制",
    "攻克",
    "采用",
    "拥有",
    "形成",
    "依靠",
    "供应",
    "提供",
    "参加",
    "亮相",
    "集聚",
    "集聚了",
    "收购",
    "控股",
    "旗下",
    "举办",
    "主办",
    "召开",
    "交付",
    "占",
    "服务",
    "应用于",
    "用于",
    "供给",
    "销往",
];

/// The subject of the clause in which `at` (a byte of the rendering) lies.
pub(crate) fn subject<'a>(scene: &Scene<'a>, at: usize, kinds: &[EntityKind]) -> Option<&'a Slot> {
    let here = scene.here;
    let head = here.string.get(..at)?;
    let mut end = head.len();
    for clause in head.rsplit(['，', '：', '；', '。', '！', '？']) {
        let start = end - clause.len();
        if let Some(slot) = in_clause(here, start, end, kinds) {
            return Some(slot);
        }
        end = start.saturating_sub('，'.len_utf8());
    }
    // Things are spoken of within a sentence; actors and places over several.
    if kinds.iter().all(is_thing) {
        return None;
    }
    scene.before.iter().take(SENTENCES_BACK).find_map(|rendering| {
        let end = rendering.string.len();
        in_clause(rendering, 0, end, kinds).filter(|slot| slot.at <= OPENING)
    })
}

/// The first name of a clause that can be its subject. A name before 的, or directly before
/// another one, gives way to what belongs to it.
fn in_clause<'a>(
    rendering: &'a Rendering,
    start: usize,
    end: usize,
    kinds: &[EntityKind],
) -> Option<&'a Slot> {
    let from = rendering.slots.partition_point(|s| s.at < start);
    let within = rendering.slots.iter().skip(from).take_while(|s| s.at < end);
    let slots: Vec<&Slot> = within.filter(|s| kinds.contains(&s.kind)).collect();
    let things = kinds.iter().all(is_thing);
    let mut chosen = slots.iter().position(|s| !oblique(rendering, s.at, things))?;
    while let (Some(slot), Some(next)) = (slots.get(chosen), slots.get(chosen + 1)) {
        let after = slot.at + SLOT_BYTES;
        let between = rendering.string.get(after..next.at).unwrap_or("，");
        let relative = between.trim_end_matches('“').ends_with('的')
            && between.chars().count() <= RELATIVE_MAX
            && !between.contains(['，', '在', '于'])
            && !between.contains(is_slot);
        if !matches!(between, "" | "“") && !relative {
            break;
        }
        chosen += 1;
    }
    slots.get(chosen).copied()
}

/// Length of a slot's character in UTF-8.
pub(super) const SLOT_BYTES: usize = 3;

const fn is_thing(kind: &EntityKind) -> bool {
    matches!(kind, EntityKind::Product | EntityKind::Technology)
}

fn oblique(rendering: &Rendering, at: usize, things: bool) -> bool {
    let head = rendering.string.get(..at).unwrap_or("");
    let head = head.trim_end_matches(['“', '《']);
    // 在甲市乙区: what governs the first governs the second.
    let head = head.trim_end_matches(is_slot);
    // 由甲领投、乙跟投: agents of a deal that is another's.
    const AGENTS: &[&str] = &["领投", "跟投", "承办", "主办", "协办"];
    let tail = rendering.string.get(at + SLOT_BYTES..).unwrap_or("");
    let object = !things && TRANSITIVE.iter().any(|word| head.ends_with(word));
    object
        || OBLIQUE.iter().any(|word| head.ends_with(word))
        || AGENTS.iter().any(|w| tail.starts_with(w))
}
