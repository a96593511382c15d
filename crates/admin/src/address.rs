//! Where the admin server listens.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

/// Where it listens if nothing is said and nobody else does.
pub const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9090);

/// Where the admin server listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminAddr {
    /// At [`DEFAULT`], or at any free port where that is taken.
    Usual,
    /// Nowhere.
    Off,
    /// There; port 0 is any free one.
    At(SocketAddr),
}

impl FromStr for AdminAddr {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "off" => Ok(Self::Off),
            "" => Ok(Self::Usual),
            text => text.parse().map(Self::At).map_err(|_| {
                "must be an IP address with a port, such as 127.0.0.1:9090 or [::]:9090, or off".to_owned()
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_an_ip_with_a_port_or_off() {
        assert_eq!(("off".parse(), "".parse()), (Ok(AdminAddr::Off), Ok(AdminAddr::Usual)));
        assert_eq!("127.0.0.1:9090".parse(), Ok(AdminAddr::At(DEFAULT)));
        assert!("[::]:0".parse::<AdminAddr>().is_ok());
        for text in ["9090", "localhost:9090", "127.0.0.1", "on", "127.0.0.1:70000"] {
            assert!(text.parse::<AdminAddr>().is_err(), "{text}");
        }
    }
}
