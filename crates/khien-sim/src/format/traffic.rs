//! What crosses the wire, independent of the sensor that describes it.

use crate::calendar::SimTime;

/// One connection from its first to its last packet.
#[derive(Debug)]
pub(crate) struct Flow<'a> {
    pub(crate) start: SimTime,
    pub(crate) lasting_us: i64,
    /// Zeek's identifier.
    pub(crate) uid: String,
    /// Suricata's identifier.
    pub(crate) flow_id: i64,
    pub(crate) source: (&'a str, u16),
    pub(crate) destination: (&'a str, u16),
    pub(crate) transport: Transport,
    /// What Zeek recognised, such as `ssl`; `-` for nothing.
    pub(crate) service: &'static str,
    /// Payload bytes sent by the source.
    pub(crate) up_bytes: i64,
    /// Payload bytes sent by the destination.
    pub(crate) down_bytes: i64,
}

/// Transport protocol.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Transport {
    Tcp,
    Udp,
}

impl Flow<'_> {
    pub(crate) fn end(&self) -> SimTime {
        self.start.plus_us(self.lasting_us)
    }

    /// Estimates the packets that carry `bytes`, TCP's own included.
    pub(crate) fn packets(&self, bytes: i64) -> i64 {
        match self.transport {
            Transport::Tcp => bytes / 1380 + 6,
            Transport::Udp => bytes / 1200 + 1,
        }
    }

    /// Bytes of IP and transport headers per packet.
    pub(crate) fn header_bytes(&self) -> i64 {
        match self.transport {
            Transport::Tcp => 40,
            Transport::Udp => 28,
        }
    }
}

impl Transport {
    pub(crate) fn lower(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }

    pub(crate) fn upper(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
        }
    }
}

/// One answered name query over UDP.
#[derive(Debug)]
pub(crate) struct NameLookup<'a> {
    pub(crate) flow: &'a Flow<'a>,
    pub(crate) transaction_id: i64,
    pub(crate) name: &'a str,
    pub(crate) alias: Option<&'a str>,
    pub(crate) addresses: &'a [&'a str],
    pub(crate) ttl_s: u32,
}

/// One TLS handshake.
#[derive(Debug)]
pub(crate) struct Handshake<'a> {
    pub(crate) flow: &'a Flow<'a>,
    pub(crate) at: SimTime,
    pub(crate) server_name: &'a str,
    pub(crate) client: &'static Fingerprint,
    /// `None` in TLS 1.3, where the certificate is encrypted.
    pub(crate) certificate: Option<&'a Certificate>,
}

/// What a sensor reads from a TLS 1.2 certificate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Certificate {
    pub(crate) subject: &'static str,
    pub(crate) issuer: &'static str,
}

/// A JA3 or JA3S text and its MD5.
#[derive(Debug)]
pub(crate) struct Fingerprint {
    pub(crate) text: &'static str,
    pub(crate) hash: &'static str,
}

/// Chromium without GREASE, also inside Electron applications.
pub(crate) static CHROMIUM: Fingerprint = Fingerprint {
    text: "771,4865-4866-4867-49195-49199-49196-49200-52393-52392-49171-49172-156-157-47-53,\
           0-23-65281-10-11-35-16-5-13-18-51-45-43-27-17513-21,29-23-24,0",
    hash: "cd08e31494f9531f560d64c695473da9",
};
/// Windows' own TLS library, used by WinINet, WinHTTP, Office and Windows Update.
pub(crate) static SCHANNEL: Fingerprint = Fingerprint {
    text: "771,4866-4865-49196-49195-49200-49199-49188-49187-49192-49191-49162-49161-49172-49171\
           -157-156-61-60-53-47,0-5-10-11-13-35-23-43-45-51-65281,29-23-24,0",
    hash: "1b1c3fdf1c051e26def426a3b3fdba99",
};
/// A command-line client built on OpenSSL.
pub(crate) static OPENSSL: Fingerprint = Fingerprint {
    text: "771,4866-4867-4865-49196-49200-163-159-52393-52392-52394-49327-49325-49188-49192-107\
           -106-49162-49172-57-56,0-11-10-35-22-23-13-43-45-51-21,29-23-30-25-24,0-1-2",
    hash: "297fece45ba80e05767c682ef2a652b7",
};
/// A server that chose TLS 1.3 with AES-128.
pub(crate) static SERVER_13: Fingerprint =
    Fingerprint { text: "771,4865,51-43", hash: "eb1d94daa7e0344597e756a1fb6e7054" };
/// A server that chose TLS 1.2.
pub(crate) static SERVER_12: Fingerprint =
    Fingerprint { text: "771,49200,65281-11-35-23", hash: "ec74a5c51106f0419184d0dd08fb05bc" };
