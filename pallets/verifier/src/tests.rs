mod damaged;
mod genesis;
mod halo2;
mod protocol;
mod service;
mod submit_proof;
mod void_batch;
mod worker;
