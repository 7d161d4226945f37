mod benign;
mod fleet;
mod names;
mod odd;
mod replay;
mod rules;
mod sources;
mod traffic;
