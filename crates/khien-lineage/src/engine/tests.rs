mod benign;
mod fleet;
mod replay;
mod rules;
mod sources;
