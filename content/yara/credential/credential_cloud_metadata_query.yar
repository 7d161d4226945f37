rule credential_cloud_metadata_query {
  meta:
    description = "asks a cloud for the credentials of the machine"
    capability = "credential"
    attack = "T1552.005"
    base = "18 of 60466 files of a Debian 12 system"
  strings:
    $a = "169.254.169.254/latest/meta-data/iam" ascii wide
    $b = "169.254.169.254/latest/api/token" ascii wide
    $c = "computeMetadata/v1/instance/service-accounts" ascii wide
    $d = "169.254.169.254/metadata/identity/oauth2" ascii wide
    $e = "169.254.170.2/v2/credentials" ascii wide
  condition:
    any of them
}
