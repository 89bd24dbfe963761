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

/// Relations of a path, from 1 to 12: the number of paths grows with every one.
pub(super) fn path_length(text: &str) -> Result<usize, String> {
    let number: usize = text.parse().map_err(|_| format!("`{text}` is no whole number"))?;
    if (1..=12).contains(&number) {
        Ok(number)
    } else {
        Err(format!("{number} does not lie in 1..12"))
    }
}
