//! What so many per cent of measurements do not exceed.

/// The value that so many per cent of `sorted` do not exceed; the type's own least if there is none.
pub(crate) fn percentile<T: Copy + Default>(sorted: &[T], percent: usize) -> T {
    let place = sorted.len().saturating_mul(percent).div_ceil(100).saturating_sub(1);
    sorted.get(place).copied().unwrap_or_default()
}
