//! Values of flags that need a check.

/// A number from 0 to 1.
pub(super) fn confidence(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    if (0.0..=1.0).contains(&number) {
        Ok(number)
    } else {
        Err(format!("{number} does not lie in 0..1"))
    }
}
