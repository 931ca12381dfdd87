//! What the ratios were measured on.

/// The processor's kind, and which of the instructions it has that the libraries
/// look for.
#[must_use]
pub fn processor() -> String {
    let mut words = vec![std::env::consts::ARCH];
    words.extend(features());
    words.join(", ")
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<&'static str> {
    use std::arch::is_x86_feature_detected;
    [
        ("AES-NI", is_x86_feature_detected!("aes")),
        ("PCLMULQDQ", is_x86_feature_detected!("pclmulqdq")),
        ("AVX2", is_x86_feature_detected!("avx2")),
        ("AVX-512F", is_x86_feature_detected!("avx512f")),
        ("AVX-512 IFMA", is_x86_feature_detected!("avx512ifma")),
        ("VAES", is_x86_feature_detected!("vaes")),
        ("VPCLMULQDQ", is_x86_feature_detected!("vpclmulqdq")),
        ("ADX", is_x86_feature_detected!("adx")),
        ("BMI2", is_x86_feature_detected!("bmi2")),
        ("SHA-NI", is_x86_feature_detected!("sha")),
    ]
    .into_iter()
    .filter_map(|(name, has)| has.then_some(name))
    .collect()
}

#[cfg(target_arch = "aarch64")]
fn features() -> Vec<&'static str> {
    use std::arch::is_aarch64_feature_detected;
    [
        ("AES", is_aarch64_feature_detected!("aes")),
        ("PMULL", is_aarch64_feature_detected!("pmull")),
        ("SHA2", is_aarch64_feature_detected!("sha2")),
        ("SHA3", is_aarch64_feature_detected!("sha3")),
    ]
    .into_iter()
    .filter_map(|(name, has)| has.then_some(name))
    .collect()
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn features() -> Vec<&'static str> {
    Vec::new()
}
