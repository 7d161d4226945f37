mod benign;
mod fleet;
mod names;
mod replay;
mod rules;
mod sources;
mod vetted;
