//! The inherent with the block author's VRF claim.

use pallet_vrf::{VrfApi, VrfClaim, INHERENT_IDENTIFIER};
use sc_consensus_aura::standalone::slot_author;
use sp_api::ProvideRuntimeApi;
use sp_consensus_aura::{
    sr25519::{AuthorityId, AuthorityPair},
    AuraApi, Slot,
};
use sp_core::crypto::key_types::AURA;
use sp_inherents::{Error, InherentData, InherentIdentifier};
use sp_keystore::KeystorePtr;
use std::sync::Arc;
use zkfusion_runtime::{opaque::Block, Hash};

/// Signs the VRF claim of the block after `parent`, if this node holds the key whose turn `slot` is.
pub(crate) struct InherentDataProvider<C> {
    /// Where authorities and the previous output are read.
    pub(crate) client: Arc<C>,
    /// Where the author's key is.
    pub(crate) keystore: KeystorePtr,
    /// The block that is built upon.
    pub(crate) parent: Hash,
    /// The slot of the new block.
    pub(crate) slot: Slot,
}

impl<C> InherentDataProvider<C>
where
    C: ProvideRuntimeApi<Block> + Send + Sync,
    C::Api: AuraApi<Block, AuthorityId> + VrfApi<Block>,
{
    fn claim(&self) -> Result<Option<VrfClaim>, Error> {
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| Error::Application(error);
        let api = self.client.runtime_api();
        let authorities = api
            .authorities(self.parent)
            .map_err(|error| failed(error.into()))?;
        let Some(author) = slot_author::<AuthorityPair>(self.slot, &authorities) else {
            return Ok(None);
        };
        // Only the genesis block has no output: its hash stands in.
        let previous = api
            .last_output(self.parent)
            .map_err(|error| failed(error.into()))?
            .unwrap_or(self.parent.0);
        let data = VrfClaim::sign_data(&previous, *self.slot);
        let signature = self.keystore.sr25519_vrf_sign(AURA, author.as_ref(), &data);
        Ok(signature
            .map_err(|error| failed(error.into()))?
            .map(VrfClaim::from))
    }
}

#[async_trait::async_trait]
impl<C> sp_inherents::InherentDataProvider for InherentDataProvider<C>
where
    C: ProvideRuntimeApi<Block> + Send + Sync,
    C::Api: AuraApi<Block, AuthorityId> + VrfApi<Block>,
{
    async fn provide_inherent_data(&self, data: &mut InherentData) -> Result<(), Error> {
        match self.claim()? {
            Some(claim) => data.put_data(INHERENT_IDENTIFIER, &claim),
            None => Ok(()),
        }
    }

    async fn try_handle_error(&self, _: &InherentIdentifier, _: &[u8]) -> Option<Result<(), Error>> {
        None
    }
}
