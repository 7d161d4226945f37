//! The capability rules of `content/yara`, compiled in.
//!
//! Named by what code can do, never by product or family: a rule that knows one case says nothing
//! about the next. A match is evidence ([`khien_lineage::TraitKind::CapabilityRule`]).

use khien_detect::yara::{Rules, Source};

use super::MatchersError;

/// Compiles the built-in rules.
///
/// # Errors
/// Ours: the rules that do not compile.
pub(crate) fn built_in() -> Result<Rules, MatchersError> {
    Rules::compile(SOURCES).map_err(MatchersError::Rules)
}

macro_rules! sources {
    ($($path:literal,)+) => {
        /// Every file of `content/yara`, by its path there.
        const SOURCES: &[Source<'static>] = &[$(Source {
            name: $path,
            text: include_str!(concat!("../../../../content/yara/", $path)),
        },)+];
    };
}

sources! {
    "anti-analysis/anti_analysis_defender_weakened.yar",
    "anti-analysis/anti_analysis_scan_interface_off.yar",
    "anti-analysis/anti_analysis_tools_by_name.yar",
    "anti-analysis/anti_analysis_traces_erased.yar",
    "anti-analysis/anti_analysis_virtual_machines.yar",
    "credential/credential_browser_store_query.yar",
    "credential/credential_cloud_metadata_query.yar",
    "credential/credential_environment_sent.yar",
    "credential/credential_keychain_dump.yar",
    "credential/credential_memory_of_runner.yar",
    "credential/credential_publishes_packages.yar",
    "credential/credential_token_patterns.yar",
    "crypto/crypto_rc4_in_script.yar",
    "crypto/crypto_wallet_addresses_replaced.yar",
    "crypto/crypto_xor_over_text.yar",
    "discovery/discovery_keyboard_or_place.yar",
    "discovery/discovery_survey_of_machine.yar",
    "exec/exec_hidden_powershell.yar",
    "exec/exec_script_made_and_run.yar",
    "exec/exec_shell_over_socket.yar",
    "exec/exec_silenced_format.yar",
    "exec/exec_through_system_program.yar",
    "install/install_build_reads_test_data.yar",
    "install/install_manifest_runs_code.yar",
    "install/install_path_hook_imports.yar",
    "install/install_setup_fetches.yar",
    "install/install_workflow_gives_secrets.yar",
    "memory/memory_code_in_other_process.yar",
    "memory/memory_finds_system_functions_by_hand.yar",
    "memory/memory_native_code_from_script.yar",
    "memory/memory_program_without_file.yar",
    "network/network_address_lookup.yar",
    "network/network_download_piped_to_shell.yar",
    "network/network_drop_on_public_service.yar",
    "network/network_names_over_https.yar",
    "network/network_onion_address.yar",
    "network/network_powershell_fetch_and_run.yar",
    "network/network_tunnel_service.yar",
    "network/network_url_of_public_address.yar",
    "obfuscation/obfuscation_array_of_strings.yar",
    "obfuscation/obfuscation_decoded_and_run.yar",
    "obfuscation/obfuscation_invisible_letters.yar",
    "obfuscation/obfuscation_letters_by_number.yar",
    "persistence/persistence_cron_line_piped.yar",
    "persistence/persistence_launch_agent_made.yar",
    "persistence/persistence_management_event.yar",
    "persistence/persistence_run_key_written.yar",
    "persistence/persistence_scheduled_task_created.yar",
    "persistence/persistence_systemd_unit_made.yar",
}

#[cfg(test)]
mod tests;
