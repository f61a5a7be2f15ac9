//! How offchain workers sign transactions.

use crate::{
    AccountId, Address, BlockNumber, Nonce, Runtime, RuntimeCall, Signature, System, TxExtension,
    UncheckedExtrinsic,
};
use codec::Encode;
use frame_system::offchain::{AppCrypto, CreateSignedTransaction, CreateTransactionBase, SigningTypes};
use sp_runtime::{
    generic::{Era, SignedPayload},
    traits::Verify,
    SaturatedConversion,
};

/// Blocks for which a worker's transaction is valid.
const LIFETIME: u64 = 64;

impl SigningTypes for Runtime {
    type Public = <Signature as Verify>::Signer;
    type Signature = Signature;
}

impl<Call> CreateTransactionBase<Call> for Runtime
where
    RuntimeCall: From<Call>,
{
    type Extrinsic = UncheckedExtrinsic;
    type RuntimeCall = RuntimeCall;
}

impl<Call> CreateSignedTransaction<Call> for Runtime
where
    RuntimeCall: From<Call>,
{
    fn create_signed_transaction<C: AppCrypto<Self::Public, Self::Signature>>(
        call: RuntimeCall,
        public: Self::Public,
        account: AccountId,
        nonce: Nonce,
    ) -> Option<UncheckedExtrinsic> {
        // A worker runs on the state after its block, in which the hash of that block is not known
        // yet.
        let known: BlockNumber = System::block_number().saturating_sub(1);
        let extension: TxExtension = (
            frame_system::AuthorizeCall::new(),
            frame_system::CheckNonZeroSender::new(),
            frame_system::CheckSpecVersion::new(),
            frame_system::CheckTxVersion::new(),
            frame_system::CheckGenesis::new(),
            frame_system::CheckEra::from(Era::mortal(LIFETIME, known.saturated_into())),
            frame_system::CheckNonce::from(nonce),
            frame_system::CheckWeight::new(),
            pallet_verifier::CheckProofs::new(),
            pallet_transaction_payment::ChargeTransactionPayment::from(0),
            frame_metadata_hash_extension::CheckMetadataHash::new(false),
            frame_system::WeightReclaim::new(),
        );
        let payload = SignedPayload::new(call, extension).ok()?;
        let signature = payload.using_encoded(|bytes| C::sign(bytes, public))?;
        let (call, extension, _) = payload.deconstruct();
        Some(UncheckedExtrinsic::new_signed(
            call,
            Address::Id(account),
            signature,
            extension,
        ))
    }
}
