//! The plots of relative speeds.

use super::measured::{Measured, Row};
use crate::Outcome;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

const WIDTH: u32 = 960;
const LEGEND_HEIGHT: u32 = 40;
const PANEL_HEIGHT: u32 = 250;

/// Okabe and Ito's, which differ for all eyes; on white, whatever the page is on.
const COLORS: [RGBColor; 5] = [
    RGBColor(153, 153, 153),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 114, 178),
    RGBColor(0, 158, 115),
];

/// Which of the record operations are drawn: those that most programs use.
const OPERATIONS: [&str; 2] = ["seal_in_place", "receive"];

/// What the suites have in common whose handshakes are drawn: the cost is the key
/// exchange's and the signatures'.
const SUITES: &str = ", ChaCha20-Poly1305, SHA-256";

/// Bars side by side, in groups.
struct Panel<'a> {
    title: String,
    groups: Vec<(String, &'a Row)>,
}

/// Records, in a panel for each AEAD and operation.
pub(super) fn records(measured: &Measured) -> Outcome<String> {
    let mut panels: Vec<Panel<'_>> = Vec::new();
    for row in &measured.records {
        let [aead, operation, len] = row.name.as_slice() else {
            continue;
        };
        if !OPERATIONS.contains(&operation.as_str()) {
            continue;
        }
        let title = format!("{aead}: {operation}");
        let group = (format!("{len} bytes"), row);
        match panels.last_mut() {
            Some(panel) if panel.title == title => panel.groups.push(group),
            _ => panels.push(Panel {
                title,
                groups: vec![group],
            }),
        }
    }
    draw(&panels, measured)
}

/// Handshakes, in a group for each key exchange.
pub(super) fn handshakes(measured: &Measured) -> Outcome<String> {
    let groups = measured.handshakes.iter().filter_map(|row| {
        let suite = row.name.first()?;
        Some((suite.strip_suffix(SUITES)?.to_owned(), row))
    });
    let panel = Panel {
        title: "Mutual handshakes with Ed25519 keys".into(),
        groups: groups.collect(),
    };
    draw(&[panel], measured)
}

fn draw(panels: &[Panel<'_>], measured: &Measured) -> Outcome<String> {
    let backends: Vec<(&str, RGBColor)> = measured.backends().zip(COLORS).collect();
    let count = u32::try_from(panels.len())?;
    let mut svg = String::new();
    let size = (WIDTH, LEGEND_HEIGHT + count * PANEL_HEIGHT);
    let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
    root.fill(&WHITE)?;
    let (legend, rest) = root.split_vertically(LEGEND_HEIGHT);
    let mut x = 60;
    for (backend, color) in &backends {
        legend.draw(&Rectangle::new([(x, 14), (x + 16, 30)], color.filled()))?;
        legend.draw(&Text::new(*backend, (x + 22, 14), text(16)))?;
        x += 130;
    }
    for (panel, area) in panels.iter().zip(rest.split_evenly((panels.len(), 1))) {
        bars(panel, &area, &backends)?;
    }
    root.present()?;
    drop((root, legend, rest));
    Ok(svg)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn bars(panel: &Panel<'_>, area: &Area<'_>, backends: &[(&str, RGBColor)]) -> Outcome {
    let bars: Vec<(f64, f64, RGBColor)> = (0_u32..)
        .zip(&panel.groups)
        .flat_map(|(group, (_, row))| {
            let width = 0.85 / backends.len() as f64;
            (0_u32..)
                .zip(backends)
                .filter_map(move |(place, (backend, color))| {
                    let left = f64::from(group) - 0.425 + f64::from(place) * width;
                    Some((left, row.of(backend)?.relative, *color))
                })
        })
        .collect();
    let width = 0.85 / backends.len() as f64;
    let highest = bars.iter().map(|(_, value, _)| *value).fold(1.0, f64::max);
    let groups = panel.groups.len();
    let mut chart = ChartBuilder::on(area)
        .caption(&panel.title, text(18))
        .margin(8)
        .x_label_area_size(26)
        .y_label_area_size(46)
        .build_cartesian_2d(-0.5..groups as f64 - 0.5, 0.0..highest * 1.15)?;
    let name = |x: &f64| {
        let found = (0_u32..)
            .zip(&panel.groups)
            .find(|(group, _)| f64::from(*group) == *x);
        found.map_or_else(String::new, |(_, (name, _))| name.clone())
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .x_labels(groups)
        .x_label_formatter(&name)
        .y_labels(6)
        .y_desc("times rustcrypto")
        .label_style(text(14))
        .draw()?;
    // Where `rustcrypto` stands.
    let level = [(-0.5, 1.0), (groups as f64 - 0.5, 1.0)];
    chart.draw_series([PathElement::new(level, BLACK.mix(0.5))])?;
    chart.draw_series(bars.iter().map(|(left, value, color)| {
        Rectangle::new(
            [(*left, 0.0), (left + width * 0.94, *value)],
            color.filled(),
        )
    }))?;
    let above = text(12).pos(Pos::new(HPos::Center, VPos::Bottom));
    chart.draw_series(bars.iter().map(|(left, value, _)| {
        let place = (left + width * 0.47, *value);
        Text::new(format!("{value:.2}"), place, above.clone())
    }))?;
    Ok(())
}

fn text(size: u32) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&BLACK)
}
