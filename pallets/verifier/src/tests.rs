mod damaged;
mod genesis;
mod service;
mod submit_proof;
mod worker;
