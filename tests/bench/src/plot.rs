//! The picture: each ratio as a bar, and beside it how long the bar is to be.

use crate::{Failure, load::number, targets::Row};
use plotters::prelude::*;

/// Ratios beyond this are drawn as long as this.
const MOST: f64 = 1.5;

/// Draws the targets that are ratios.
///
/// # Errors
/// When the picture cannot be drawn.
pub fn draw(rows: &[Row]) -> Result<String, Failure> {
    let bars: Vec<(&Row, f64, f64)> =
        rows.iter().filter_map(|row| Some((row, row.ratio?, row.least?))).collect();
    let height = u32::try_from(bars.len()).unwrap_or_default().saturating_mul(44).saturating_add(110);
    let mut picture = String::new();
    {
        let area = SVGBackend::with_string(&mut picture, (900, height)).into_drawing_area();
        area.fill(&WHITE)?;
        let top = number(u64::try_from(bars.len()).unwrap_or_default());
        let mut chart = ChartBuilder::on(&area)
            .caption("Ours over the floor; the mark is the target", ("sans-serif", 20))
            .margin(12)
            .x_label_area_size(32)
            .build_cartesian_2d(0.0..MOST, 0.0..top.max(1.0))?;
        chart.configure_mesh().disable_y_axis().disable_y_mesh().x_desc("ratio").draw()?;
        for (place, (row, ratio, least)) in bars.iter().rev().enumerate() {
            let low = number(u64::try_from(place).unwrap_or_default());
            let colour = if row.met { RGBColor(46, 125, 50) } else { RGBColor(198, 40, 40) };
            let bar = [(0.0, low + 0.12), (ratio.min(MOST), low + 0.55)];
            chart.draw_series([Rectangle::new(bar, colour.filled())])?;
            let mark = vec![(*least, low + 0.05), (*least, low + 0.62)];
            chart.draw_series([PathElement::new(mark, BLACK.stroke_width(3))])?;
            let label = format!("{}: {ratio:.2} (target {})", row.work, row.target);
            chart.draw_series([Text::new(label, (0.01, low + 0.9), ("sans-serif", 14))])?;
        }
        area.present()?;
    }
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ratio_has_its_bar() {
        let row = |work: &str, met| Row {
            work: work.to_owned(),
            ratio: Some(0.8),
            least: Some(0.7),
            met,
            ..Row::default()
        };
        let picture = draw(&[row("refresh", true), row("wallet", false), Row::default()]).unwrap();
        assert!(picture.starts_with("<svg") && picture.ends_with("</svg>\n"), "{picture}");
        assert_eq!(picture.matches("0.80").count(), 2, "{picture}");
    }
}
