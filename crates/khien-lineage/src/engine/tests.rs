mod benign;
mod fleet;
mod names;
mod newcomer;
mod replay;
mod rules;
mod sources;
mod ways;
