//! What names carry beside what is their own: legal forms of firms, class words of parks and
//! industries, units of regions. Each list has longer forms before those that end them.

/// Legal forms that end a firm's name.
pub const LEGAL_FORMS: &[&str] = &[
    "集团股份有限公司",
    "集团有限责任公司",
    "集团有限公司",
    "股份有限公司",
    "有限责任公司",
    "有限公司",
    "股份公司",
    "集团公司",
    "集团",
];

/// Long forms of a park's class, and the short form in daily use.
pub const PARK_FORMS: &[(&str, &str)] = &[
    ("经济技术开发区", "经开区"),
    ("经济开发区", "经开区"),
    ("高新技术产业开发区", "高新区"),
    ("高新技术产业园区", "高新区"),
    ("高新技术开发区", "高新区"),
];

/// Class words that an industry may be named with or without.
pub const INDUSTRY_WORDS: &[&str] = &["产业链", "产业", "行业", "赛道", "领域"];

/// Units of administrative regions.
pub const REGION_UNITS: &[&str] =
    &["自治区", "自治州", "自治县", "街道", "省", "市", "州", "区", "县", "镇", "乡"];

/// Whether this is a firm's registered full name. Two full names that differ are two firms, however
/// alike their short names are.
pub fn is_full_name(name: &str) -> bool {
    let mut forms = LEGAL_FORMS.iter().filter(|form| form.ends_with("公司"));
    forms.any(|form| name.ends_with(form))
}
