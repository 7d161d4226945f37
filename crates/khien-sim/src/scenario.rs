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
    pub const ALL: &'static [Self] = &[Self::FLEET, Self::SOFTPHONE];

    /// A fleet of many hosts over many days, with benign releases and any of the incidents.
    pub const FLEET: Self = Self {
        id: "fleet",
        title: "A fleet, its software and what some of it turns into",
        description: "Tens to thousands of hosts with Windows, macOS and Linux over two weeks to a \
                      year. Some thirty invented products are released, rolled out and used as \
                      products are, and change their habits as they do. Any of fifteen incidents, \
                      modelled on public accounts, may happen to it; each is a few lines of text \
                      among millions.",
    };

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
