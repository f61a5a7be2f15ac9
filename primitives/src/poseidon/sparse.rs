//! The partial rounds as sparse matrices.
//!
//! A partial round applies its S-box to element 0 only. Constants of the other elements can
//! therefore be pushed through the matrix into the following round, and elements 1 and 2 can be
//! kept in a basis in which the matrix acts on them as the identity (Poseidon paper, appendix B).
//! The test of the parent module compares with the plain rounds.

use super::{fr, PARTIAL_ROUNDS, WIDTH};
use crate::field::Fr;

/// One partial round.
pub(super) struct PartialRound {
    /// Added to element 0 before its S-box.
    pub(super) constant: Fr,
    /// `s0' = row . s`.
    pub(super) row: [Fr; WIDTH],
    /// `si' = si + column[i - 1] * s0`.
    pub(super) column: [Fr; 2],
}

/// The partial rounds in order.
pub(super) const PARTIAL: [PartialRound; PARTIAL_ROUNDS] = [
    PartialRound {
        constant: fr(
            0xdd5d50a6115b6ae6,
            0x3e2079ce31994482,
            0x0beac0a93142d7a6,
            0x29838a07888323b4,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x3158f311d66c0469,
                0x9511d96f69f040a0,
                0xbc6996e5b22127bf,
                0x07e69e17a7c9122a,
            ),
            fr(
                0x28f45876169969b0,
                0x3d6ded69e30a7649,
                0x79aed6124c9b23dd,
                0x03cf3048ffadf517,
            ),
        ],
        column: [
            fr(
                0x780d591c0e290912,
                0x64472bb8247ee6cd,
                0x25162667a2c36057,
                0x1997b275b2ba8667,
            ),
            fr(
                0x6883d3d53041a4e6,
                0xb06a02336b895a72,
                0x506a602385f96778,
                0x114793d8ddba6d3a,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0xf10d722a7e417048,
            0x9f8f6365a6514b7a,
            0xfd04b3fc6c7d1e82,
            0x291c3080dd046ec3,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0xedf37dbc205dca8e,
                0xabb0533e5486e406,
                0x116fcc81fb8f54b8,
                0x1eda2eead83bf803,
            ),
            fr(
                0x7332f1710f7f1989,
                0x5010dc6ec757fc96,
                0xb11f87439a5e94d4,
                0x2a31ef2258ff6d07,
            ),
        ],
        column: [
            fr(
                0x82d359e8ff9f7fd3,
                0x40670f6a542bfec8,
                0xaf6942450ab84baf,
                0x05ecc02f0b2c4b1c,
            ),
            fr(
                0x0fb15849e02f0e02,
                0x061bf7b1bbbbe13e,
                0x164790a1874adc5e,
                0x24cdcafbf896737a,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x230bba810a99dea7,
            0xde520cfe7eca3c96,
            0xfccde26de4d8ee1d,
            0x2d8a182999a7ff53,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x2f07822df60c0d5e,
                0x3be005b9cae6d5b3,
                0xb7cc976310350f2d,
                0x1aa320748b83f82a,
            ),
            fr(
                0x36e006cd6959f529,
                0xe6bd1ed71bb7fd96,
                0xd03e6ed5186de1a4,
                0x06889158037ba528,
            ),
        ],
        column: [
            fr(
                0x320f0ed67dc50ca9,
                0x112fcd2c676f1faf,
                0xdf1d7ba7350a7a0a,
                0x0e05691c6f9193d0,
            ),
            fr(
                0x9e442ea16f226f7c,
                0xd6c7ed036f911126,
                0x2b8bb86c13962232,
                0x1b4b08b1cc1d3c12,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x438d28671d47bbfc,
            0x71e9becb4fcbc9bc,
            0x2ee9cec26c28910f,
            0x2b3ea5699343a1ae,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x9e74115ad2ef87da,
                0x50f886fd161bf52a,
                0x12ebd09f5245d929,
                0x0ad14fdc51f7d634,
            ),
            fr(
                0x406a33726b18a11c,
                0x1cb84a34e817c35c,
                0x391823fbe7df2632,
                0x11d2f27aac2c5fdb,
            ),
        ],
        column: [
            fr(
                0x14bdec250a1e1455,
                0x3909b1634d97aadf,
                0x51089f69251e2643,
                0x295fcda0fa4ec5a3,
            ),
            fr(
                0x204b2c6477027a65,
                0x2475dc83b334f0c2,
                0x3e7f4f693076a21b,
                0x0cbb03be22cf5faa,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x865c3b22c8620979,
            0x20cbd9687adc1c17,
            0x3c10dda268909f64,
            0x1002d8aaf2b1bfe2,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x135072b9f353a09b,
                0xafe48d86e12c53e5,
                0xb992096ec0b04dea,
                0x18be6f29879faaa6,
            ),
            fr(
                0xb0fb9c07504da11f,
                0x81f170a00dcae221,
                0xf96276b801d6c01d,
                0x0d5e85992e5fa3b8,
            ),
        ],
        column: [
            fr(
                0x43b9c3771d81b945,
                0x7b7f97e311d7284d,
                0x59ca663b0f510dcc,
                0x11db93c38f2a2053,
            ),
            fr(
                0x669e79916f60f40f,
                0x41814a845dc653ec,
                0x8642b3576a859253,
                0x19dc743b58374525,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x62f031412c9bf054,
            0x99e28e98124aa0e9,
            0xea5c65a1adad5620,
            0x2b3a8fb10082f522,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0xc51f7fbb6bc9d6e1,
                0x0b637d40e307ef1a,
                0x9a101146584fb061,
                0x25c9e85c6941e6ef,
            ),
            fr(
                0xa76bb4d79f1231c7,
                0x76e0a2dc36449427,
                0x0bc8045c35fa8355,
                0x18214e272c9d80c5,
            ),
        ],
        column: [
            fr(
                0xa85de6d8820af4ad,
                0xa405ae24184e6d47,
                0xc2dad931ec5b30be,
                0x15869be94b95e62f,
            ),
            fr(
                0xbd5af73fb9859132,
                0x7e65ca224db8dfa8,
                0x545a2a1b8776c1d9,
                0x266fafacb7ff8d42,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x57c0375d7baf65ef,
            0xb9aeae7804509d42,
            0x04dcaaa9c3483cbb,
            0x181c5d68261821f2,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x46479c74c23eab2b,
                0x28dd0404cf08a130,
                0xf0eac986e83647b5,
                0x1530064e46238b02,
            ),
            fr(
                0xb578c45283b608bb,
                0xf59963b65f98f676,
                0xc9fd857bd4842c24,
                0x2e1b71ff750ca431,
            ),
        ],
        column: [
            fr(
                0xca1ac2129bd9e96e,
                0xfae6944a27d074eb,
                0xaf012b391791c37f,
                0x07d09dddd45b2165,
            ),
            fr(
                0xb475a7f4d34fb5a7,
                0xe72ab9b7808bafd1,
                0x77abc76e0b582587,
                0x05b698edec72629e,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x8f6963afbb63a167,
            0xa0ce6902b4ba1731,
            0x8413995e55527591,
            0x1c0d4fdd2eca01e1,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x4eea99c436d072dd,
                0xaaa4df3f4366fe78,
                0x6559b22d7c543a95,
                0x0ab638e8cfb30535,
            ),
            fr(
                0x6f630fb31c09b588,
                0x8ab5d3cf2b6854da,
                0x4ee546b7a779ffa4,
                0x2772a7167756b272,
            ),
        ],
        column: [
            fr(
                0xb9558ccf36dff388,
                0xb136dfb43cf2be58,
                0x69628c4c11607825,
                0x15f3aa63c589b9cd,
            ),
            fr(
                0x9b110e7381c1381b,
                0x3d4af9f167b5b611,
                0xe0f10a74b7fce9f5,
                0x2b572f43a481bdd1,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x26d1483ce5b95a8f,
            0x4dbee918c3fe61bf,
            0xc8dc8cd8d960dd6b,
            0x1cd96ba716ae621b,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x1cae315f277f0515,
                0xa5bfc1f7a304a9f1,
                0x5f65b0aba68b9d11,
                0x1d93832609921758,
            ),
            fr(
                0x9d0594d124eedb8f,
                0x42a2b259ae21ab91,
                0x96157fcd47f5e2be,
                0x0c5ec1d02c33995f,
            ),
        ],
        column: [
            fr(
                0x1652f7ca6fdeee07,
                0x96cc907b95902eae,
                0x5b392835f483af22,
                0x18f17919b6b0aa7b,
            ),
            fr(
                0x4bd0447378680181,
                0x2367c2a1996a40c3,
                0x95c906bda3c40885,
                0x2d6b0c197c7fbb9e,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x159c773cde1c8a9b,
            0xd925d8a678d77d6d,
            0x30a4255a2e928b3f,
            0x0f5e53a27dfc85c8,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x8222a50444245fe2,
                0x7f0b3bfbce268923,
                0xfd3bf453865bbca0,
                0x11d779e6c8816c13,
            ),
            fr(
                0x099a382434410810,
                0x42eb1f8c4b04110c,
                0xcf71698f41ba5d57,
                0x18c002d46fb0c425,
            ),
        ],
        column: [
            fr(
                0x3e3d9c255d16817a,
                0x4e5b6d93d4a24b50,
                0x740baea4e8b00094,
                0x20f576a483192dd1,
            ),
            fr(
                0x7f84a4943ee0cafd,
                0xc71ec725f7717b76,
                0xa4f244a3ae1e1ce6,
                0x2e3d86432804489f,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0xa617fd639ad0606b,
            0x3f780849abd2e208,
            0x33747a28ada3b9e8,
            0x0f09171e71b8f9cd,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x0a7e5fe488d0b9cf,
                0x3010d0bb82f8ae2a,
                0xb53d75853804a0ce,
                0x1c98702cc30e9d69,
            ),
            fr(
                0x961aa694144c1b6e,
                0x6aa6138ed4fc60be,
                0xab9719c7e1cd6ff1,
                0x01ed26407628ffd3,
            ),
        ],
        column: [
            fr(
                0x6b0bc7e5cb471e21,
                0xf3c56ed007dee94b,
                0xe0402f88e23a45a3,
                0x04f4872219a23542,
            ),
            fr(
                0x31c1457360827bd8,
                0x67951aed1fd3cec2,
                0x02df461657ee698a,
                0x08f38b0661d91f64,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0xfe4146724e89580e,
            0x1c33eba2f7af4a4a,
            0xf10d418cb6521f1f,
            0x0850ba5eb24793d5,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x11c9438637853cb8,
                0x820a302bbfac1c6b,
                0x421f78f00f590707,
                0x29f01657f82d711b,
            ),
            fr(
                0x3eba54ea8ed389a5,
                0x0cbb4c217ff35299,
                0x5627dd4ee91ba95d,
                0x2f54489adb94e66d,
            ),
        ],
        column: [
            fr(
                0xee86d6884c3c65b9,
                0x4da75d9e4a0e165a,
                0x9a16bb8f58215beb,
                0x24fb213b4d3c7532,
            ),
            fr(
                0x8b28c682c33aa934,
                0x167b3755d6399499,
                0x9406e75e3dd54d76,
                0x114cd9e22967bcc0,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0xdd9bae80ff0b2c2d,
            0x43dbd03d6bbf98d9,
            0x5a44574542f8e8cb,
            0x1e1bcbd4064d3cbc,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x62bcde89cbb0bc8c,
                0x5bf0a6c9f36d8b86,
                0x5e76c76a5eb70485,
                0x0edfde504be309df,
            ),
            fr(
                0xdaf584539b04da55,
                0x66b5900ef34ae88b,
                0xe84c391c04a5079e,
                0x1ed851718819280e,
            ),
        ],
        column: [
            fr(
                0xe0df6e9a0fcc32ae,
                0x8702ea63e7a34914,
                0x443705b666b3c2fc,
                0x12f2f8e86734c99d,
            ),
            fr(
                0x164b74315bd017dd,
                0xf1ee215251b6bf15,
                0x0499e094e57949ff,
                0x259e8885f0b7a428,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x0f292ad673753540,
            0x1ca6eab6277ccb3b,
            0xf456f6041891ac62,
            0x2db5fbb51253e606,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0xb06ec414463b69f6,
                0xf85827d276576339,
                0x2aad52458e2766b5,
                0x0105f307c70e68aa,
            ),
            fr(
                0x15e7e3d04ab96b20,
                0x38f383c1147d6ce4,
                0xfc0166ddc2307e15,
                0x293aff427a439fde,
            ),
        ],
        column: [
            fr(
                0xd4426b679dfc6ee6,
                0x14a939f8ebe6005c,
                0x4f2ce784a151205c,
                0x0005c88dd4addc47,
            ),
            fr(
                0x5195e6fe0d79c995,
                0xe1e9431a865dd47c,
                0xa83b069ad37831a8,
                0x1f060da4f7489385,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0xbcf8f1cb34546661,
            0xe7670cdafcc4d3c8,
            0x02289579e073ce9d,
            0x018a6132e5ca2c42,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x63c4e36c6ac958dc,
                0x54a7a10f67a04488,
                0x60ea2b5d27b27326,
                0x01a00aa3e574324a,
            ),
            fr(
                0x26b4ffa76f5896f6,
                0x4121bdff93c1de32,
                0xe464c926ddbe3f37,
                0x2e648f94938340b8,
            ),
        ],
        column: [
            fr(
                0xc63205aeaa09206c,
                0xb87ff4da7d0b665b,
                0x1f7697fa1b8ae613,
                0x1fcc40cc46a474b4,
            ),
            fr(
                0x5f563a0f95407618,
                0xf5be9684ede65bc1,
                0x98b8a650f65fc23d,
                0x28f7cedb1788b9e3,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x073ed1197d450405,
            0xbcdadb5112db59c9,
            0xbf27432973182e75,
            0x1a0b22912d37b8a9,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0xd87ce060ff39179d,
                0x7aa8d512c1b752e5,
                0x64e8c66263a1ee9e,
                0x277ed7277b92b604,
            ),
            fr(
                0x5c3ea907e9b9d059,
                0x7d35cb354c1c13bf,
                0x089a37c5819bebd4,
                0x22e577c6e9bbe763,
            ),
        ],
        column: [
            fr(
                0xdfd224d911b2e7f5,
                0x82e0707ef30883e5,
                0x5d6311f282f6ae17,
                0x0bfc91dc7f4299dd,
            ),
            fr(
                0xfe0d9b27690530e8,
                0x56b192289149c54b,
                0x5a428a4074cd3248,
                0x2a63564d8f7ef8af,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0xae174a6ed1c2b0d7,
            0x010d051ad8691d52,
            0xd14d9f6f745124d0,
            0x2e926cff0f327987,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0xd89d00ab854f4ded,
                0xd541a9c1a764dbdb,
                0x2aaa821ed4fe0494,
                0x04bfaa0c02c15fd9,
            ),
            fr(
                0x8b8bccf369ef40d9,
                0xb6b495c13abc09f3,
                0x51c3ce828e2ad8dc,
                0x15cb08fda330df17,
            ),
        ],
        column: [
            fr(
                0xb150dcb99282ec33,
                0xe8f1b1603ffd0544,
                0x802c0284b27530e0,
                0x1350f18bac5c72a5,
            ),
            fr(
                0x94e4f5c459d29235,
                0x880016c3a04519cf,
                0x3112836f7496122a,
                0x2dfd4b9fff5b06d0,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0xfaea1baa54e67078,
            0xf1aed17e147cc161,
            0x0a4c3451b3a5fad8,
            0x16b49fac72bdff69,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x0bf2885bb4a17997,
                0xe82f480cd9475758,
                0xd8de7511d9fabbd0,
                0x2ac08fef1532bdf0,
            ),
            fr(
                0xaed21f2e3e6e362d,
                0xab8b025e5205b967,
                0x671b45f67f5ba515,
                0x2d2ea0b488c0a738,
            ),
        ],
        column: [
            fr(
                0x08e28101bfc34158,
                0xe7653740ca43548b,
                0xf75892362be54175,
                0x226966c35f59ccb6,
            ),
            fr(
                0x7568ac3657ce9532,
                0xe52a6713a8d5d391,
                0x1653feb7492d39bf,
                0x0da29a988121fb79,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x1cbbdeca055e68e7,
            0xe2d8a84c096e3107,
            0x1a43c93e719b89ab,
            0x01008828a2cb0a3e,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0xcaee7e2ef631955d,
                0xaeb930c11dc4c446,
                0xba8ac7037bb9f025,
                0x10b9475e4dba8ca8,
            ),
            fr(
                0x4733cc50515605b9,
                0x1a5fe2d9f727ab26,
                0x120ffec1322ee454,
                0x0ea3718973e6b71f,
            ),
        ],
        column: [
            fr(
                0x5e2c5872451e21c4,
                0x4cbf794bc2820a4f,
                0x54a6f3171a442770,
                0x21ef8ba8e21af3d5,
            ),
            fr(
                0xbb74d6ddc660a6b4,
                0x3f84b15ff0f8dfb7,
                0xb069fc496263d5dd,
                0x130ce418bb5424b4,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x712cf1224304d8d1,
            0x4c35d357c2fb48ac,
            0x44e71417c3696bb6,
            0x05f51a0f0f877899,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x0b8cf43f8f895d07,
                0x6f18edfd19058bd9,
                0xb7b95139da9000fb,
                0x0c2533d78f78586b,
            ),
            fr(
                0x1ec1b98ef88e9529,
                0x9c745b3c589f2416,
                0x647eb09b90f45c5c,
                0x2375e38e6acdf6e1,
            ),
        ],
        column: [
            fr(
                0xb3d4cece6ae4e4a9,
                0x7536c01e7f987a24,
                0x1bdf199f7fa4bde5,
                0x1f61b8e728041f31,
            ),
            fr(
                0x85c4d36040a9b759,
                0x4ec2018c298fe958,
                0xa2bfa1b8aad73546,
                0x19ed608f34e1fb63,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x4d83afe801312718,
            0x650df997eb30a3fa,
            0x147b232b32e3605a,
            0x106139e347c7f5fe,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0xf6ec0fa25a9f4444,
                0xb35b53ce562bb525,
                0xe3f4d6aa30a1b77c,
                0x0c469cdecb9b21f6,
            ),
            fr(
                0xde3009dce8803314,
                0xdce06be7ec7a6438,
                0xc7c4b9fc2a2f022e,
                0x043c21b04730d7a5,
            ),
        ],
        column: [
            fr(
                0xc5543152eeb49a1f,
                0xbfd1245e1bfdc15e,
                0xf4155177b181b6e9,
                0x2119312063b1dd21,
            ),
            fr(
                0x1a078992e16f9240,
                0xdf27f6b4acde3df2,
                0x2afff7b4204484dc,
                0x1f6214a860f7a8d4,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x763effe919580ada,
            0xb83892cbc8f6befb,
            0xfdcab6313c179131,
            0x2d2ad46abdb74be7,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0xb0e4679746bba43e,
                0xd07a635c2cda1197,
                0x13f6c397d1d96fa4,
                0x18366c56a2c3dcae,
            ),
            fr(
                0xa4a529959ae46ad2,
                0x644bb5414518680d,
                0x9eb0e00019735629,
                0x03e7bad0d161300f,
            ),
        ],
        column: [
            fr(
                0x42d053438508312b,
                0x60ecd44cfdcd0701,
                0x85e828746aed7229,
                0x2286db4214caea2a,
            ),
            fr(
                0xc1a83687014bfb18,
                0x5cc2a681ba0c1eaa,
                0xa0498249ba9eafbc,
                0x2ef5d2b07da9cf28,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x6c6f3cd1a771b0c0,
            0x3d518f593c19fc47,
            0xe858fec568c0e2a8,
            0x2e59266315ae7ce6,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x721d20f1df00017a,
                0xa6895bd2485e5645,
                0x15b9bff0633cba1f,
                0x1b0b000c39dd6eb6,
            ),
            fr(
                0x107c101116905557,
                0xc6553d4d7fdecad2,
                0xb10fa1298d1b4913,
                0x2f1f99e128d756f0,
            ),
        ],
        column: [
            fr(
                0x1cf8c606028c9994,
                0xd56c077a34f39396,
                0x9fe59f1a0026265d,
                0x015ebbcd131bf721,
            ),
            fr(
                0x40ca88fc15dec9e1,
                0x956433da8dd46dfb,
                0xa2e2a6ed126e89ca,
                0x031e43984810e943,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0xda280557f4348b46,
            0x3ebd028ac1c7036a,
            0xc4cab80f46802799,
            0x04ef26fc0dc9d33e,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x01194325bd39352a,
                0xdea6dadb11c85854,
                0xf52649efee0807e7,
                0x0499609ac9b58a3b,
            ),
            fr(
                0x551a5f6e90540040,
                0xf5613f3f28a289db,
                0x9965ee7a04dbf747,
                0x1bad782a7ac21353,
            ),
        ],
        column: [
            fr(
                0x7545ffd085323349,
                0xe4e1d8d6259a711f,
                0x83b9cfdaaf34a3d6,
                0x2c84840d6fde8f1c,
            ),
            fr(
                0x196c328952911ad0,
                0x93e3732688ad67d0,
                0xf2026f03e72a7025,
                0x022ae5f5b67ae4c8,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x790d1254c78ad68e,
            0xf3d19d2d982218e0,
            0x4fda70ed9adb10ef,
            0x1e92395385933832,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x9936c765ec1d0ad1,
                0x0d3dae71f181fac3,
                0x6f925cf05dfdf6d1,
                0x16d885b6c117f345,
            ),
            fr(
                0xfe0ab41fc6f20d7a,
                0xd34051ccfd061a7d,
                0x2afc27d36b2914a6,
                0x026a08809914d5a9,
            ),
        ],
        column: [
            fr(
                0x4f57241c46c4801a,
                0xfebeda9d011d2f82,
                0x7b7636f038166f33,
                0x04858a336b671944,
            ),
            fr(
                0x0a5bb1913e7a6c4d,
                0x323e46c6249ea6b4,
                0x74347cfe08c2177c,
                0x0a5dea8d368ad8eb,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x1723e5a7578d7602,
            0x6ea35d763b3c14a4,
            0x672c49a1338e8d1f,
            0x214fff9a15e15ea4,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x65bdb98c46bc712d,
                0x536d2ab4da8d86c8,
                0x255a585cfaf94337,
                0x20da8eaf5871801c,
            ),
            fr(
                0x96e36438dfff4aba,
                0x6e3627411b10c60e,
                0xaa6304a33d9b1539,
                0x27fdf421242418c0,
            ),
        ],
        column: [
            fr(
                0xbc30e6b12e2e1392,
                0xb7b8b7f3e93e2598,
                0x31d81beb84869b93,
                0x002c93cf3b1999a2,
            ),
            fr(
                0xc09493c7318441df,
                0x8e9f5dc25c186f65,
                0x66ae28684fb54b9e,
                0x1807aee24a5644bb,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0xb3cecbc143829632,
            0xaf53fab7e2ae4ef9,
            0x63d3dd7b26d64755,
            0x03e16e8b710c765b,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0xdba7bd3d711f935e,
                0x0a5ea5c76dd4b64f,
                0xcafe26cf8144ac70,
                0x0e2100c04483c5f1,
            ),
            fr(
                0x13313d9e6f7d8e3a,
                0x03cfa4fe9f8e4568,
                0x710b215150f068df,
                0x13e1064cac2f0449,
            ),
        ],
        column: [
            fr(
                0xb0622b59b138a83b,
                0x1f163fd1e1daa239,
                0xf7af4d0cea21025f,
                0x21637ff3e7662933,
            ),
            fr(
                0x689c1e10fb1c65ba,
                0xcec70d592610aefd,
                0xc768809df8f4ff8b,
                0x084f85933b6cee7f,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0xa381dad691e5568f,
            0x8cf5a39c958a356b,
            0x3edd6693c51c928e,
            0x1b8ff04f0d9858e8,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0xc560d8bce52b2197,
                0xb57dbb61846d4720,
                0x484d43365204d3e7,
                0x141c3175a61b5f18,
            ),
            fr(
                0xccdb50493066c50f,
                0x26f384e029081096,
                0xd811b686aa76b053,
                0x2a953de7fb918864,
            ),
        ],
        column: [
            fr(
                0xc4b0a309ec34afa3,
                0xe1f1d53874788dbf,
                0xf34b90c6f87b2060,
                0x2027d8154b31d20d,
            ),
            fr(
                0xa55b013539773ebf,
                0xace35af6ba5eedee,
                0xecf35e27c256a3a7,
                0x16fdaed02ce7e18a,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0xa2fc2bd646930dc5,
            0x9a0888eadcbfbbd4,
            0xc84e2d4f3ab21b07,
            0x2f9557d38bb55b9d,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x1e3873a147fd0fcf,
                0xf6a7cd724bc12258,
                0xceb63eead80542e1,
                0x0dbfe56fd684644a,
            ),
            fr(
                0xea669ee4e6b5869d,
                0x75386ec3e9b1c30e,
                0xfc85aea2243f44fb,
                0x29289b29e1649542,
            ),
        ],
        column: [
            fr(
                0x47b67aca88e0a7a3,
                0x255ae9d43c9b663c,
                0x4742e5e3708a1f64,
                0x187f995d1e3121de,
            ),
            fr(
                0x859aec90ce674f68,
                0xbcb2ed482046947d,
                0xd2588bc75ad12fff,
                0x1cb063c108d5fa08,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x5f951b735a677636,
            0x3497cb2c09bf7412,
            0x830b1049957873f9,
            0x1d3306fe677f7bc1,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0xc36e358a68db1fe5,
                0xe23240d7718f20f6,
                0x81f1da35b3c90623,
                0x1ab18955025dc103,
            ),
            fr(
                0x1cc3cf5370d93236,
                0xabc2ece10b0a643c,
                0x1cb395317a57b2c4,
                0x0a44ad7f41f8ff3e,
            ),
        ],
        column: [
            fr(
                0xec75648fafa90667,
                0x1ef1eea30776ec3e,
                0xf8e9ff70bb6056f8,
                0x18c1bf9fee80077c,
            ),
            fr(
                0xbacb3f410c763a3f,
                0xadb9b2397aff2dfa,
                0xb816e5499491b3fe,
                0x0b24a8b55030be81,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x734d6dee0fe5f75c,
            0x420a6b2657db8380,
            0xc197ed0f88db7967,
            0x1940d777d702f686,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x46e79255be02dde6,
                0x2151b8859382c790,
                0x4e0305ef73fc355b,
                0x1d49b906c0837733,
            ),
            fr(
                0xe0c929e0b3b1c232,
                0xcd771a56fb37f909,
                0x19e50e6cce749a17,
                0x2918acabb5cf3402,
            ),
        ],
        column: [
            fr(
                0xd0a1ffeede3dcc40,
                0xf26291211491ea77,
                0xb0505df0efb639ca,
                0x2119fd9e85409d0d,
            ),
            fr(
                0x6d54bbcab7d755fb,
                0xd1af114c7e05cc1c,
                0x4bfe022e12dbbfa7,
                0x1d43e481bfe9a600,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x485c0b1f0c6f3414,
            0x0759afe3920bd332,
            0xd25ad98399511b05,
            0x2704cad4991e35b1,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0xe9e713427c8736b6,
                0x1c307e21ec2488d2,
                0x34190ef7a3cacda3,
                0x0ebd6c8df3e01c81,
            ),
            fr(
                0x40e733725a1f36ed,
                0x66497863cddc0c1b,
                0x8f0b9824b63604a0,
                0x1429f16211bb1377,
            ),
        ],
        column: [
            fr(
                0x28bc095d6b489904,
                0xe9a6291ce366fd49,
                0x23610998acb8ea9b,
                0x29cb705855a062d8,
            ),
            fr(
                0x6157c7a1528cfc64,
                0x0d50831d50dc9b79,
                0x5bb2cb947b0d9348,
                0x0f2512c1397f0274,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x97ba4a55b019384c,
            0x03ac86224b58c46a,
            0x056a6fa9096e003c,
            0x0039ae2d6e245e6f,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0xb9f7b62896544bd5,
                0x53eaca1c9752197f,
                0xf2c09aad16b26066,
                0x1adbe9b17c3be2a0,
            ),
            fr(
                0xfacfc5ab14565e48,
                0x417ba35536ab5394,
                0xc4fbf0100bf9e3f8,
                0x298cf06ab5d19475,
            ),
        ],
        column: [
            fr(
                0xc7ceae80ffdbcc7a,
                0x8ecc40b03f8deb4e,
                0xbbecc21b0f485e7d,
                0x09406cd90a7fa776,
            ),
            fr(
                0xd14a75f491d75322,
                0x181d3c87bc9d5e94,
                0x4b9714bd5f4631a9,
                0x16020cefe78c641e,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0xc5b19c03e62206d0,
            0xc930e757272da9e4,
            0x1bd074fbb326e928,
            0x2d88f71ee8dd86d2,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x5b8c4eca212d8b87,
                0xd605631fe16979aa,
                0xc8ecc78257e77343,
                0x250970ddb0cfd156,
            ),
            fr(
                0xb78d16158e985914,
                0x5d9ef90d06392cd3,
                0xbbcca8ac5a2a7560,
                0x22643de9f3c61920,
            ),
        ],
        column: [
            fr(
                0xc6ec98f134d46c0e,
                0x7f446c3357281d67,
                0x4a249c5d909be20c,
                0x2446a1de9d075db0,
            ),
            fr(
                0xe252c30e61a5bd80,
                0x299678d8610e4259,
                0xab8289da4206087e,
                0x0a41b446195fa932,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0xa4bcf07bd49cb273,
            0xb2eca89e1c836cdf,
            0x5045075f6a5363b0,
            0x20e5333f4acfebc2,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0xfe58f2466ad526fb,
                0x643f911ff84fea66,
                0x90cb05cfaea8df3c,
                0x27a130017e67e2c0,
            ),
            fr(
                0xefa47c331100cd7b,
                0xa977cc97f33446ca,
                0x7e709c1c5f8b359c,
                0x05eaf61da0ec3107,
            ),
        ],
        column: [
            fr(
                0xe56210990d3e2331,
                0xdd1a2e5cbdb3c293,
                0xc8b2eb21df8ae240,
                0x1df8837c0d500709,
            ),
            fr(
                0xe2478b18ea73590f,
                0x55f8445bcd6ad398,
                0xeff873e1b5aae6f8,
                0x0891ab99ddf4f632,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0xfe4b2a2b9cff143e,
            0x6e458be9857f4b59,
            0xb2b7868f3678896e,
            0x1eae6dedc6f762e1,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x67a56e0fe185a580,
                0xc59cafba10918e78,
                0x0453325edae7a882,
                0x2831bcbad392221a,
            ),
            fr(
                0x3c9c66e6dda3c8fb,
                0xc85996e7ab57a65c,
                0x5daa331d7aff6637,
                0x154f293946c9a2ee,
            ),
        ],
        column: [
            fr(
                0xb4320065a5d7e1be,
                0x1283fa6859f22cc8,
                0x06d55587b814a164,
                0x169a1d1a0e50d03f,
            ),
            fr(
                0xf398bc07039eee8f,
                0xb0b326687b5245bf,
                0x3bced351caf4a1db,
                0x1bb8c453af438aa8,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x85f8f9164b57220f,
            0xbd4bb001e54e8b2b,
            0x2e05c9fb3a223c5a,
            0x0723fa50ce6c9b9a,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x613b0d85f08f8672,
                0x764d0d4294e3b786,
                0x7cf6c5c0bf3c0557,
                0x17024822ad356fc1,
            ),
            fr(
                0xa7a8ba87ea01cf12,
                0xf5c71fb18de7dcae,
                0xd11fb8d37576796a,
                0x1e43616bb3667455,
            ),
        ],
        column: [
            fr(
                0xc92128456c3fd9a7,
                0x5222d191d575018b,
                0xe9675bd32258e023,
                0x1b736bd9f64b26f0,
            ),
            fr(
                0x7bdb36b2d1b61028,
                0x3216a0948371a64d,
                0x4840a08b516bdbcc,
                0x11f509ccc3180b06,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0xd949c83c037ac757,
            0xe7700cf06aa67aa5,
            0xdc8bea159a47341b,
            0x0c72b002b49b712d,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0xf80d72d7232cc83e,
                0xfbf13d46c11eda1b,
                0x08aaf127bc5f89a7,
                0x05c6b47d0682ec87,
            ),
            fr(
                0xbff75ebacb7917b0,
                0x8c5f91a0213f51e5,
                0x05d4093f7535d7b4,
                0x1661811f63635483,
            ),
        ],
        column: [
            fr(
                0x3002163aaa38f845,
                0x82c7ce46b6f93d82,
                0x0dc82814217c80fd,
                0x2d1d7332b67402c6,
            ),
            fr(
                0x2ad952155952ae87,
                0x41df3f435f4b9ce4,
                0xec7593cc1803f842,
                0x2b4f765f475b3e12,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0xaacb5d20b364035d,
            0x31c9bd1a783b7998,
            0x5054c21ef30dc646,
            0x18791f2824172ca9,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x1790a30f1933b069,
                0x8a18022437957647,
                0x3c5fda4afe38057e,
                0x10c22684ad4e6ec1,
            ),
            fr(
                0xaf8cd0d0ea48cce7,
                0x3184b24f3695e7fc,
                0x1d71f7f58d0ccfb0,
                0x2a34193574789056,
            ),
        ],
        column: [
            fr(
                0x6fd171df5287711f,
                0x1da05221ad6afad6,
                0x690a5ef7319ec53c,
                0x080f0fabcbb0d47e,
            ),
            fr(
                0x508a33dbbcb57133,
                0x01c16194b5103331,
                0xa29ab2f2356e229a,
                0x1b91e60e2fdba99a,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x364cd7b7372f906c,
            0x16e333637156df52,
            0xd7e31c53dbe9b5a5,
            0x18317ba8da6279a5,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x8a2b569e26057609,
                0x3460d6689f8b5cf6,
                0x7b4993818d9bd3db,
                0x11bdd3fd12dc18ea,
            ),
            fr(
                0x6860cf5899f9438b,
                0x52abe02de661b1f2,
                0x1f4b02997c368bc7,
                0x0b0c508f9b272e81,
            ),
        ],
        column: [
            fr(
                0x35e1b9ac9484a5e9,
                0x001311c2b77bbc85,
                0x0bc85853f5bb0959,
                0x239fbe979c74f260,
            ),
            fr(
                0x9c99d92789106e4b,
                0x779dd82028dc0a0b,
                0x02a1749174ca83ae,
                0x2a0afdc245bb070b,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x191c04ed960c9fe6,
            0x5b1b8757a35a53e2,
            0x1f08566665961683,
            0x011134cc9a99244a,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x3b02a59e25225445,
                0x91bf4c0b4f0ea2a3,
                0x5f15564324a5b081,
                0x1f083fbd1bddfadf,
            ),
            fr(
                0x0b74781d59862890,
                0xa000e8830295b1c8,
                0x44d967cd07376be7,
                0x27e337b178181403,
            ),
        ],
        column: [
            fr(
                0x26e1cf0e9e10d9d3,
                0x5332353aa5952e98,
                0x360fbc950c1a8681,
                0x1707371fb253317e,
            ),
            fr(
                0x7a39232d454a73c2,
                0xf107a330d183b42f,
                0x88ae8790cc550054,
                0x260d9cbdc03275e5,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x4d154385b1dd46d1,
            0x0c1f44d81cce856e,
            0x7d833398ec782e7d,
            0x26b0d88f837defdc,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x6a57cf0948a421e4,
                0x49f802a05fe33951,
                0x9c8ac393590170a6,
                0x19fcef3d90ebe371,
            ),
            fr(
                0xee68544ab03cd970,
                0xc120b3a27071495c,
                0x09d2bb75bca1ac68,
                0x1fc480e0a1b3d546,
            ),
        ],
        column: [
            fr(
                0x72eb2eca69bd003d,
                0x16696ab2d2a90180,
                0x7e929ead8f7ee976,
                0x28545a74d1907d1d,
            ),
            fr(
                0x99f2021fa17e1bd7,
                0x21d07666da2244c4,
                0x0712a9aaca42b1a4,
                0x2bc83b3d95f08772,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x0fc7620e9f0da4ce,
            0x1876b104c3a6eda8,
            0xb12221ac408475dd,
            0x1745179c95f510b8,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0xd3f48816c184c082,
                0x29fd1068b67930b4,
                0x5b2ba10500bbdccb,
                0x189c0fdfced1fea1,
            ),
            fr(
                0xe89671cb14fea36c,
                0xa7b8dbba128eeb81,
                0x702cbf08f980c89e,
                0x0449f31028af3367,
            ),
        ],
        column: [
            fr(
                0x990979b1c4b0f659,
                0xa999c627b97ff5f4,
                0xf2b085620b7b1d14,
                0x2fb6fd68bea80d16,
            ),
            fr(
                0x7b4f212408f64561,
                0x43933ddfa6fa6952,
                0xa59de7c1fae9663b,
                0x1c0078fcc4e3fb1b,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x2becf86c469b246d,
            0x86603a7bf682ff27,
            0xe8dda9b2c3ea0387,
            0x1b5f13ef96624e59,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x788790427e12cb75,
                0xe252c77d4ac79cd1,
                0x8330283e372303ed,
                0x0480c8c284568ae2,
            ),
            fr(
                0x528b683785fa6222,
                0x43e7d9463aa509bc,
                0xbd874cec8bc8f0ae,
                0x03f900ee3ee2b51d,
            ),
        ],
        column: [
            fr(
                0xc8a6534f5fd7457a,
                0x576dfabe6f3b8c25,
                0xacce55fba1e90e9b,
                0x1938f31620d75779,
            ),
            fr(
                0x4f0975027b181270,
                0x52a5688b6eb2b61d,
                0xae5773d0257827ca,
                0x1c26736c7330f3f0,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x3b88e5ba7e7b1f78,
            0x013b014e52fd3c71,
            0xe986403ef9d46383,
            0x19ae6e5cf72dc385,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x0e54b5110c0356b5,
                0x992c623282ad5d84,
                0xa6054a4683c61018,
                0x013a81b7f97833d7,
            ),
            fr(
                0xc7969c05174b2c14,
                0x87ef4a139aebdef4,
                0x9fd9af68e58e175a,
                0x2e7f6a828adf2f4c,
            ),
        ],
        column: [
            fr(
                0xfb0a695775f5998a,
                0xbc6c68f6fb319a85,
                0x8f1f906554bb3977,
                0x155250bd23beb599,
            ),
            fr(
                0xaf43eb7404726377,
                0xb74234e3d7484a0d,
                0x076d49ac08e42320,
                0x2cab1873c0bb765e,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0xebe506bc4151ed8f,
            0x16dc2c138c1e1a30,
            0xcb117b907e043224,
            0x2c06025611a4eb41,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0xdf04d57ad3071892,
                0x8f164327920d1b82,
                0xc54bc63bd0b59bef,
                0x0b9c4421f6dc40bb,
            ),
            fr(
                0xaf581fad4ef470b0,
                0xda69fa32cfd8b553,
                0xa7fe75288ca36853,
                0x046755b11ba9f58e,
            ),
        ],
        column: [
            fr(
                0xb53788e63845550f,
                0x88fc7aae5efc41ba,
                0xf4ecb895a66e9bf1,
                0x050abf37a524682d,
            ),
            fr(
                0x5fcff6b61f7a5d2d,
                0x71985ec7885151b2,
                0x0f91d845fe292179,
                0x093fae4db6acac16,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x671d01c1c4c28b05,
            0x580f99baf65bb7d6,
            0x1649edb193818f05,
            0x0cb89966a9615bd4,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x4556b3a0c02ace08,
                0xcb7bc42603c2d939,
                0xe9889e62b9359894,
                0x2604c506e62d036b,
            ),
            fr(
                0x5703e1833593e82a,
                0x9803d14a93848a83,
                0xf6d8fb94cde52bbd,
                0x21b340d1599de87c,
            ),
        ],
        column: [
            fr(
                0x33c8cf464445bbef,
                0x4531cb27d6cb4179,
                0xd71737c1a8d08912,
                0x2c65031f939ab892,
            ),
            fr(
                0xbab664781ad6d1eb,
                0x142b86f94125be28,
                0xde87a18363fe9df0,
                0x147d7ef179909c7b,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0xd4d246ec47de187a,
            0x8cd4679af3546e56,
            0xddaf48bbbadfad94,
            0x08a5f5b310aed646,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x2ee73097f80ca96d,
                0x93214419654d7a41,
                0x6178e575991f0d35,
                0x2ea29df0c5024d8d,
            ),
            fr(
                0xee12df444fecddd9,
                0x4ef1b3fbcb179c5e,
                0x897ddebe1a5ad399,
                0x048db5022f5bb321,
            ),
        ],
        column: [
            fr(
                0xbfd5605b8ddfb920,
                0xccbedc6eeb0e8dfd,
                0x8d13b99726f6ba21,
                0x15f7d9eb2573920f,
            ),
            fr(
                0xd840409ff9228229,
                0xc4c0090852f8f5e0,
                0x095b9516dcd648ad,
                0x1995534f3ce3fa31,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0xf0666d6115f8c47b,
            0xef94146fd85d1aba,
            0xdbb9c129ae7e3c7b,
            0x18f168970dcd9fb9,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x15488a9c7fbef66c,
                0x0dcd5709905fba4d,
                0xf42f09c12fbaf834,
                0x1f22d3ac135e4ec6,
            ),
            fr(
                0xd28cff8340eb25c3,
                0xb3982909b3da49b7,
                0xaf0e89b3b4201b3c,
                0x252e9a53c8debeee,
            ),
        ],
        column: [
            fr(
                0xd92764d17e037774,
                0x9a8f104d7a748572,
                0x17936048ba12c1b1,
                0x206be0bbe6991687,
            ),
            fr(
                0x1031f35cf2595d9d,
                0x984b84188c36a5ff,
                0x2d56dd2149d4d5b6,
                0x0042ca0939214fe2,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x45b6d15971291d4d,
            0x1724ee1d69459f22,
            0x033282cc2bdfce79,
            0x0ff937aa74f3ffe2,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x33a2d1f5c8ebc699,
                0xbb327002eb88ddae,
                0x002ee89e7c539e48,
                0x0e89e7e252e71d89,
            ),
            fr(
                0x187d37208e2a5019,
                0x954469868bd44ede,
                0x613040e812b0e219,
                0x13845e8beb26c3db,
            ),
        ],
        column: [
            fr(
                0x076336c2d4d193f5,
                0x175690c8c051e7ca,
                0x8cfd08c5ecd2b206,
                0x1728d13a0ed135f3,
            ),
            fr(
                0x9cf466b560be9530,
                0x21866d59b1b0f472,
                0x388204dc4de826fd,
                0x0c7b16ef727aba52,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x1d2a1a325e18beec,
            0xb509a01f8c1d8575,
            0x6af85bc5f01df3d7,
            0x27527c84bc095b1e,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x8619064d676460c5,
                0x5155be7d3c123bff,
                0x1819f5c870f50c08,
                0x07010d8628815a59,
            ),
            fr(
                0x02bb6df7746471b3,
                0x5b61ceeeeaead214,
                0xc831bfa48f00292b,
                0x193ae3a8137c5360,
            ),
        ],
        column: [
            fr(
                0xa45358dbf46dc6a1,
                0xf052ccf18564aba4,
                0x4e7294ea481131ed,
                0x0d78a3cca2875185,
            ),
            fr(
                0x92595a6a4db8a0c8,
                0x51491b6b8196ab14,
                0x6bf7937686c3ab99,
                0x10ab952ae6e341bd,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x8d42d9fa91bfa8e8,
            0xe70e11f671e1b9eb,
            0x450ce68bc7f1c486,
            0x18ab2aa64fbffcb6,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x18c0583ae9fc4273,
                0x019e306e565b897c,
                0x6c96cbc0b2c1c1a9,
                0x12aec86e0dc06aa3,
            ),
            fr(
                0xdcfe2b190af63e90,
                0x12e8c75ff8677f39,
                0xff5afe920397dacd,
                0x115940321f02656a,
            ),
        ],
        column: [
            fr(
                0xb4a4e1e7cf8f3bb5,
                0xa5a36af9d990f271,
                0x5191c4a70b110509,
                0x191b4eefac529ba7,
            ),
            fr(
                0x4f9d0b92eecf7152,
                0x3f89979c5cd83fef,
                0x7392038079047334,
                0x1d03653b01a76c59,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0xcf85ce8c61354cc4,
            0x1b654275201174e4,
            0x2ea97a3b0053eddf,
            0x000dfae8761c0427,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0xebf43764fa8da096,
                0x05d24d55ff77af8d,
                0x720f276c59e8a3f1,
                0x305075e85f522cc9,
            ),
            fr(
                0xab2353020bb3433f,
                0x51778b6c402bfefa,
                0x46d1d11256856426,
                0x1fddcc290aa423a6,
            ),
        ],
        column: [
            fr(
                0xf6b7aecd83e2fc47,
                0x4f3b9713c1bd3aaa,
                0x45e96e21293b2da6,
                0x13f5c7fc18fd309f,
            ),
            fr(
                0x498db58682753316,
                0xf962d1eaa3e4c2a2,
                0xef5e222c913161d2,
                0x14350ac49f5c4d55,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x4f2e127051a64c22,
            0xa3fd031e00899c0b,
            0x19a2d4a8a186a55c,
            0x00d0be562e0c45e2,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x201973ae9a82003e,
                0x350b4dd49c6efce5,
                0xaf40e1c953efbd22,
                0x00bf972ea96659cf,
            ),
            fr(
                0x8b1713f75c82c0ac,
                0xb43652ab4ba73d9f,
                0xcb8bb457f5e5d075,
                0x28d2c9b88f6b2014,
            ),
        ],
        column: [
            fr(
                0xeb447c4aed19e22a,
                0x55f3696a5126ee9a,
                0xd7901886cb9fbc79,
                0x155669b523839663,
            ),
            fr(
                0xdadca422764041bd,
                0x5066ab4dea6be9d4,
                0x5324b167cfc70930,
                0x249a8f9183b3c1ad,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x4169e50e89850681,
            0xda205503e1e7bdee,
            0xee2fb25197442100,
            0x19abf5d6657f2ce6,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x358128f29b8d2dfe,
                0x70866e7d59380670,
                0x1a6788f463d10726,
                0x13f0adf0ac1037e1,
            ),
            fr(
                0x55c234aa910322e2,
                0xb9eb6dd8e9f5fac2,
                0x35760e39f1ea8302,
                0x0692bb6ae5e01fba,
            ),
        ],
        column: [
            fr(
                0xba5ce8b32a055539,
                0x96f035865bfa844c,
                0x106c31f1c6bbcf93,
                0x2352d0a13df0045d,
            ),
            fr(
                0xf79ea1d888cb0951,
                0xebc2e45ed59ebcc1,
                0x91e6fe018d7647e4,
                0x0c7a0028f435bfe9,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0x3bce1e6a80f05acb,
            0x0b73c68429fcde79,
            0x9a689d7dd1e0a754,
            0x2cc0cd43204ff5bc,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0xdf015063492f140a,
                0xd6d2fe3084311845,
                0xec972c772d283c9e,
                0x2b895cbb69620561,
            ),
            fr(
                0x3ac7dd53dd239b04,
                0x9f23937654bf5b0a,
                0xbe22aa0a1657eba3,
                0x24c60b7d3dbed1e4,
            ),
        ],
        column: [
            fr(
                0x4a079564f16a1ba0,
                0xba463de821e44315,
                0x32a888d63684a1c3,
                0x027e666b718f752b,
            ),
            fr(
                0x6c63ef2926a79ede,
                0x247c50d630194fd8,
                0x219b0d08c6042107,
                0x28051cdbac34ebf1,
            ),
        ],
    },
    PartialRound {
        constant: fr(
            0xb2d84f9dc27a2b4d,
            0xd24453e2e8dfc7cf,
            0xb5020cb450272363,
            0x25e72a3c616cf7e9,
        ),
        row: [
            fr(
                0xf2e8909a56fcf3d7,
                0x8019ce3145ed8c1d,
                0xdda896a228616418,
                0x0e5ed723ffc885e1,
            ),
            fr(
                0x6b5ba89a79e8bbc8,
                0xde968416e089454b,
                0x6df4f9945da149c7,
                0x0e4227a23af257e3,
            ),
            fr(
                0x46c420a53c43b3aa,
                0xf3cb82ca9865c6a8,
                0xd465d630d0fb1e39,
                0x17620434b35fe651,
            ),
        ],
        column: [
            fr(
                0x6c382989fda01ad6,
                0x44af5253ae7d4694,
                0x8cc1783d5e51d7c8,
                0x0e28c0cef27a7d5b,
            ),
            fr(
                0x03a5beae2c146e4b,
                0xeef5a78d93831e2e,
                0xe83271cf6fad8495,
                0x20f1e0abe108d7cf,
            ),
        ],
    },
];

/// Brings elements 1 and 2 back to the ordinary basis after the partial rounds.
pub(super) const BASIS: [[Fr; 2]; 2] = [
    [
        fr(
            0x69248cab873f3998,
            0x250253b1d8edcc0e,
            0x848f402d23eaf01c,
            0x070667e9273cd14a,
        ),
        fr(
            0x3e4b9002c6a45669,
            0x2a6e1aa47db0a4bc,
            0x58e0bbda361552e2,
            0x273dedc1c75a5311,
        ),
    ],
    [
        fr(
            0x965fbc1703b00796,
            0x972b3438074c4baf,
            0x71bfad85e58fd122,
            0x0366077cd6366b3b,
        ),
        fr(
            0xf780e22cbb7ccef7,
            0x54010b8301c9fd21,
            0x1673940c14a1f0f4,
            0x15e6687542cd37d4,
        ),
    ],
];

/// Constants of the first full round after the partial ones, with what the partial rounds pushed
/// forward.
pub(super) const AFTER_PARTIAL: [Fr; WIDTH] = [
    fr(
        0x6f83191816ca6a89,
        0xddbbc56be6d28ead,
        0x8ee446c08cf234b6,
        0x0608a3f5506c71a2,
    ),
    fr(
        0x9d3dbfb3a3bdacda,
        0xb41c6edb8e4eaaa6,
        0x5e4de614d6df7215,
        0x06efc0d2cbfce889,
    ),
    fr(
        0x28034307dac9b681,
        0x93648641a15bb4c2,
        0x423943164690f6f2,
        0x30163db3698c3f0d,
    ),
];
