mod damaged;
mod genesis;
mod service;
mod submit_proof;
mod void_batch;
mod worker;
