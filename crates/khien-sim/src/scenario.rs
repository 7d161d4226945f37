//! The catalogue of scenarios.

/// Describes one scenario that the simulator can play.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Scenario {
    /// Stable kebab-case identifier; never reused for another scenario.
    pub id: &'static str,
    /// One line in sentence case, for a list.
    pub title: &'static str,
    /// A few sentences: who, what, over what time.
    pub description: &'static str,
}

impl Scenario {
    /// Every scenario this version can play.
    pub const ALL: &'static [Self] = &[Self::SOFTPHONE];

    /// A desktop softphone whose vendor-signed update turns out to be a spy tool (3CX, 2023).
    pub const SOFTPHONE: Self = Self {
        id: "softphone",
        title: "A signed softphone update changes its ways",
        description: "Three office workstations, a build server and a network sensor over 24 \
                      days. Two workstations update their softphone on days 10 and 11, the third \
                      stays on the earlier release. In the incident variants the updated \
                      application sleeps for seven days, fetches its instructions from a public \
                      code-hosting site, and then calls home about once an hour. Modelled on \
                      public accounts of the 3CX desktop application compromise of March 2023.",
    };
}
