mod anvil;
mod chain;
mod network;
mod outages;
mod settling;
mod transactions;
