//! Made-up names out of syllables, one for each number.

use std::fmt::Write as _;

/// A list of words that a number chooses from.
type Words = &'static [&'static str];

const PLACE_FRONTS: Words = &[
    "澜", "霁", "岚", "汐", "翊", "璟", "珞", "漪", "晏", "溯", "栎", "澍", "砚", "翎", "昱", "珩",
    "漱", "菡", "筱", "霖", "骊", "峦",
];
const PLACE_BACKS: Words = &["浦", "川", "岭", "洲", "湾"];

const BRANDS: Words = &[
    "曜", "铎", "珑", "璇", "骁", "煜", "铄", "琛", "晟", "昊", "桓", "翮", "旌", "岱", "峤", "岑",
    "钧", "鋆", "锐", "衡", "朔", "垣", "屹", "峻", "澈", "淳", "湛", "渊", "泓", "沛", "渝", "洺",
    "禾", "穗", "棠", "楠", "榆", "桦", "梓", "枫", "麒", "鹭", "雁", "鹤", "鲲", "骐", "骏", "驰",
    "弘", "弈", "毅", "笃", "谦", "诣", "谊", "允", "辰", "旻", "昀", "昕", "曦", "晗", "晔", "朗",
    "帷", "策", "程", "纪", "纬", "绮", "缜", "织",
];

const TRADES: Words = &[
    "滚珠丝杠",
    "谐波减速器",
    "编码器",
    "力矩电机",
    "直线导轨",
    "机床主轴",
    "刀具",
    "工装夹具",
    "铸件",
    "锻件",
    "密封圈",
    "液压缸",
    "电磁阀",
    "真空泵",
    "离心机",
    "热交换器",
    "特种钢材",
    "镁合金",
    "钛材",
    "磁性材料",
    "碳纤维",
    "滤膜",
    "胶粘剂",
    "功能涂料",
    "光学玻璃",
    "结构陶瓷",
    "无纺布",
    "经编面料",
    "染整助剂",
    "箱包",
    "灯具",
    "卫浴",
    "注塑件",
    "无人机",
    "叉车",
    "电梯部件",
    "线束",
    "座椅",
    "电芯",
    "隔膜",
    "逆变器",
    "充电桩",
    "继电器",
    "连接器",
    "封装基板",
    "传感芯片",
    "视觉系统",
    "工控软件",
];

const SUFFIXES: Words = &["有限公司", "科技有限公司", "股份有限公司", "实业有限公司"];

const CHAINS: Words = &[
    "数控装备",
    "智能传感",
    "工业软件",
    "动力电池",
    "氢能装备",
    "光电显示",
    "特种陶瓷",
    "精密传动",
    "生物试剂",
    "医学影像",
    "低空装备",
    "海洋工程",
    "功能纤维",
    "环保装备",
    "精细化工",
    "轻质合金",
    "车载电子",
    "智慧物流",
    "农业机械",
    "建筑部品",
];

const STAGES: Words = &["原料", "元件", "部件", "模块", "整机", "运维"];

/// How many names there are of each sort.
pub(super) const PLACES: u32 = length(PLACE_FRONTS) * length(PLACE_BACKS);
pub(super) const CHAIN_COUNT: u32 = length(CHAINS);
pub(super) const STAGES_PER_CHAIN: u32 = length(STAGES);
/// Places and trades together.
pub(super) const SITES: u32 = PLACES * length(TRADES);
/// Different firms.
pub(super) const FIRMS: u32 = SITES * length(BRANDS) * length(BRANDS) * length(SUFFIXES);

#[expect(clippy::cast_possible_truncation, reason = "the lists have fewer than 100 words")]
const fn length(words: Words) -> u32 {
    words.len() as u32
}

/// Takes a number apart: one word at a time, from the last list to the first.
struct Code(u32);

impl Code {
    fn digit(&mut self, base: u32) -> u32 {
        let digit = self.0 % base;
        self.0 /= base;
        digit
    }

    fn word(&mut self, words: Words) -> &'static str {
        words[self.digit(length(words)) as usize]
    }
}

pub(super) const PROVINCE: &str = "云衡省";

pub(super) fn place(number: u32) -> String {
    let mut code = Code(number);
    let (front, back) = (code.word(PLACE_FRONTS), code.word(PLACE_BACKS));
    format!("{front}{back}")
}

/// Where the firm with this number is.
pub(super) fn place_of_firm(number: u32) -> u32 {
    number % PLACES
}

pub(super) fn firm(number: u32) -> String {
    let mut code = Code(number);
    let mut name = place(code.digit(PLACES));
    for words in [BRANDS, BRANDS, TRADES, SUFFIXES] {
        name.push_str(code.word(words));
    }
    name
}

/// Spreads numbers over places and trades, so that neighbours differ; 1 to 1 below [`SITES`].
pub(super) fn site(number: u32) -> u32 {
    /// Has no factor in common with [`SITES`], as a test checks.
    const STEP: u32 = 1_997;
    number % SITES * STEP % SITES
}

/// Where the site with this number is.
pub(super) fn place_of_site(site: u32) -> u32 {
    site % PLACES
}

/// A name of a place and a trade, such as a cluster's; numbered where names run out.
pub(super) fn at_site(number: u32, ending: &str) -> String {
    let site = site(number);
    let mut code = Code(site);
    let mut name = place(code.digit(PLACES));
    name.push_str(code.word(TRADES));
    name.push_str(ending);
    numbered(&mut name, number / SITES);
    name
}

pub(super) fn product(number: u32) -> String {
    let mut code = Code(number);
    let trade = code.word(TRADES);
    format!("{trade}{}型", code.0 + 1)
}

pub(super) fn chain(number: u32) -> String {
    format!("{}产业链", Code(number).word(CHAINS))
}

pub(super) fn stage(number: u32) -> String {
    let mut code = Code(number);
    let link = code.word(STAGES);
    format!("{}{link}", code.word(CHAINS))
}

pub(super) fn network(number: u32) -> String {
    let mut name = format!("{}星群网络", place(number % PLACES));
    numbered(&mut name, number / PLACES);
    name
}

fn numbered(name: &mut String, round: u32) {
    if round > 0 {
        // Writing to a text cannot fail.
        write!(name, "{}号", round + 1).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn different_numbers_have_different_names() {
        let distinct = |names: &mut dyn Iterator<Item = String>| {
            let names: Vec<String> = names.collect();
            let set: HashSet<&String> = names.iter().collect();
            assert_eq!(set.len(), names.len());
        };
        distinct(&mut (0..PLACES).map(place));
        distinct(&mut (0..2 * SITES).map(|n| at_site(n, "产业集群")));
        distinct(&mut (0..50_000).map(product));
        distinct(&mut (0..CHAIN_COUNT).map(chain));
        distinct(&mut (0..CHAIN_COUNT * STAGES_PER_CHAIN).map(stage));
        distinct(&mut (0..300).map(network));
        distinct(&mut (0..FIRMS).step_by(2_003).map(firm));
    }

    #[test]
    fn a_name_says_where_its_bearer_is() {
        for number in [0, 7, 5_279, FIRMS - 1] {
            assert!(firm(number).starts_with(&place(place_of_firm(number))));
            assert!(at_site(number, "小镇").starts_with(&place(place_of_site(site(number)))));
        }
        assert!(FIRMS > 10 * super::super::Size::L.firms());
    }
}
