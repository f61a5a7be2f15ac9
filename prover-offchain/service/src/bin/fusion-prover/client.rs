//! A client of the prover service.

use clap::Args;
use serde_json::Value;
use std::{path::PathBuf, time::Duration};
use ureq::Agent;
use zkfusion_halo2::srs::cache_folder;
use zkfusion_prover::{Config, Token};

/// How long an answer may take, while the machine proves.
const ANSWER: Duration = Duration::from_secs(30);

/// The service to talk to.
#[derive(Debug, Args)]
pub(crate) struct Client {
    /// URL of the prover service. That of one inside a node is in the node's banner.
    #[arg(long, value_name = "URL", default_value_t = format!("http://127.0.0.1:{}", Config::DEFAULT_PORT))]
    url: String,
    /// File with the service's token; by default that of a service with default settings. One
    /// inside a node has it in `prover/token` of the chain's data folder.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl Client {
    /// Gets a document.
    pub(crate) fn get(&self, path: &str) -> Result<Value, String> {
        let request = self.agent().get(self.at(path));
        self.answer(request.header("authorization", self.authorization()?).call())
    }

    /// Posts nothing, which is a request to do something.
    pub(crate) fn post(&self, path: &str) -> Result<(), String> {
        let request = self.agent().post(self.at(path));
        let answer = request
            .header("authorization", self.authorization()?)
            .send_empty();
        self.answer(answer).map(drop)
    }

    fn agent(&self) -> Agent {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(ANSWER));
        config.build().into()
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url.trim_end_matches('/'))
    }

    fn authorization(&self) -> Result<String, String> {
        let default = || cache_folder().join("prover").join("token");
        let file = self.token_file.clone().unwrap_or_else(default);
        let token = Token::read(&file).map_err(|error| format!("{error}; --token-file names another"))?;
        Ok(format!("Bearer {}", token.reveal()))
    }

    fn answer(&self, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Value, String> {
        let failed = |error: &dyn std::fmt::Display| {
            format!(
                "the prover service at {}: {error}; `fusion-prover serve` runs one",
                self.url
            )
        };
        let mut answer = answer.map_err(|error| failed(&error))?;
        let text = answer
            .body_mut()
            .read_to_string()
            .map_err(|error| failed(&error))?;
        let document = match text.is_empty() {
            true => Value::Null,
            false => serde_json::from_str(&text).map_err(|error| failed(&error))?,
        };
        match answer.status().is_success() {
            true => Ok(document),
            false => Err(format!(
                "the prover service at {} refuses: {}",
                self.url,
                document["message"].as_str().unwrap_or(&text)
            )),
        }
    }
}
