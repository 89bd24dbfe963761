//! Numbers of rows: 32 bits, of which the highest marks no row.

/// The number of the next row after so many; `None` when they are numbered out.
pub(super) fn next(rows: usize) -> Option<u32> {
    u32::try_from(rows).ok().filter(|row| *row < rows_max())
}

#[cfg(not(test))]
fn rows_max() -> u32 {
    u32::MAX
}

#[cfg(test)]
fn rows_max() -> u32 {
    tests::ROWS_MAX.get()
}

#[cfg(test)]
pub(super) mod tests {
    use std::cell::Cell;

    thread_local! {
        /// Fewer than there really are, so that a test can use them up.
        pub(in crate::state) static ROWS_MAX: Cell<u32> = const { Cell::new(u32::MAX) };
    }
}
