//! The notice in the log of a host that writes it through tracing.

/// Shows the line. False if nothing listens to it: then it does not count as shown.
pub(crate) fn show(line: &str) -> bool {
    if !tracing::enabled!(target: crate::TARGET, tracing::Level::INFO) {
        return false;
    }
    tracing::info!(target: crate::TARGET, "{line}");
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_nothing_listens_to_is_not_shown() {
        assert!(!show("unseen"));
    }
}
