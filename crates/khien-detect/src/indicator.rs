//! Stub while the real one is being written.
use khien_model::{Event, Indicator};
#[derive(Default, Clone, Debug)] pub struct IndicatorSet;
#[derive(Default, Clone, Debug)] pub struct NoisePolicy;
#[derive(Clone, Debug)] pub struct LeftOut;
#[derive(Clone, Debug)] pub struct Sighting { pub indicator: u32, pub field: String, pub value: String, pub outside_validity: bool }
#[derive(Clone, Debug)] pub struct Problem { pub id: String, pub detail: String }
#[derive(Clone, Debug)] pub struct Advisory { pub name: String, pub title: String, pub description: String, pub indicators: Vec<Indicator>, pub problems: Vec<Problem> }
impl IndicatorSet { pub fn build(_: Vec<Indicator>, _: &NoisePolicy) -> (Self, Vec<LeftOut>) { (Self, vec![]) } pub fn matches(&self, _: &Event, _: &mut Vec<Sighting>) {} pub fn position(&self,_:u32)->Option<usize>{None} pub fn len(&self)->usize{0} pub fn is_empty(&self)->bool{true} pub fn get(&self,_:u32)->Option<&Indicator>{ None } }
pub fn parse_advisory(_: &str, _: &str) -> Result<Advisory, std::io::Error> { Err(std::io::Error::other("stub")) }
