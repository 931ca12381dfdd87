//! The object-safe view of a connection, whatever its suite and key store.

use crate::acceptor::Acceptor;
use crate::connection::{Delivery, OssuaryConnection, Received, ResetCause, Status};
use crate::error::{OssuaryError, PeerError};
use crate::signing::PendingSignature;
use alloc::boxed::Box;
use core::time::Duration;
use ossuary_traits::{CryptoSuite, Identity, KeyStore, Role, Signature, SuiteId};

type Result<T> = core::result::Result<T, OssuaryError>;

/// Writes the trait and its implementations from one list of methods.
macro_rules! channel {
    (
        read { $( fn $get:ident(&self $(, $get_arg:ident: $get_ty:ty)*) -> $get_ret:ty; )* }
        write { $( fn $set:ident(&mut self $(, $arg:ident: $ty:ty)*) -> $ret:ty; )* }
    ) => {
        /// A connection whose suite and key store are chosen at run time:
        /// `Box<dyn Channel>`.
        ///
        /// Its methods are those of [`OssuaryConnection`], which says what they
        /// do and what errors they have. Dispatch is dynamic once a call, and
        /// never inside the cryptography.
        ///
        /// It is not meant to be implemented outside of this crate: methods may be
        /// added.
        #[allow(clippy::missing_errors_doc, reason = "each method names where its errors are told")]
        pub trait Channel {
            $(
                #[doc = concat!("As [`OssuaryConnection::", stringify!($get), "`].")]
                fn $get(&self $(, $get_arg: $get_ty)*) -> $get_ret;
            )*
            $(
                #[doc = concat!("As [`OssuaryConnection::", stringify!($set), "`].")]
                fn $set(&mut self $(, $arg: $ty)*) -> $ret;
            )*
            /// As [`OssuaryConnection::receive`].
            fn receive<'a>(&mut self, input: &'a mut [u8]) -> Result<Received<'a>>;
        }

        impl<S: CryptoSuite, K: KeyStore> Channel for OssuaryConnection<S, K> {
            $( fn $get(&self $(, $get_arg: $get_ty)*) -> $get_ret { self.$get($($get_arg),*) } )*
            $( fn $set(&mut self $(, $arg: $ty)*) -> $ret { self.$set($($arg),*) } )*
            fn receive<'a>(&mut self, input: &'a mut [u8]) -> Result<Received<'a>> {
                self.receive(input)
            }
        }

        #[cfg(feature = "v1")]
        impl<S: CryptoSuite, K: KeyStore> Channel for crate::v1::Connection<S, K> {
            $( fn $get(&self $(, $get_arg: $get_ty)*) -> $get_ret { self.$get($($get_arg),*) } )*
            $( fn $set(&mut self $(, $arg: $ty)*) -> $ret { self.$set($($arg),*) } )*
            fn receive<'a>(&mut self, input: &'a mut [u8]) -> Result<Received<'a>> {
                self.receive(input)
            }
        }

        impl Channel for Acceptor {
            $( fn $get(&self $(, $get_arg: $get_ty)*) -> $get_ret { self.channel().$get($($get_arg),*) } )*
            $( fn $set(&mut self $(, $arg: $ty)*) -> $ret { self.channel_mut().$set($($arg),*) } )*
            fn receive<'a>(&mut self, input: &'a mut [u8]) -> Result<Received<'a>> {
                self.choose(input)?;
                self.channel_mut().receive(input)
            }
        }

        impl<C: Channel + ?Sized> Channel for Box<C> {
            $( fn $get(&self $(, $get_arg: $get_ty)*) -> $get_ret { (**self).$get($($get_arg),*) } )*
            $( fn $set(&mut self $(, $arg: $ty)*) -> $ret { (**self).$set($($arg),*) } )*
            fn receive<'a>(&mut self, input: &'a mut [u8]) -> Result<Received<'a>> {
                (**self).receive(input)
            }
        }
    };
}

channel! {
    read {
        fn protocol(&self) -> u8;
        fn max_plaintext(&self) -> usize;
        fn record_overhead(&self) -> usize;
        fn suite(&self) -> SuiteId;
        fn role(&self) -> Role;
        fn status(&self) -> Status;
        fn failure(&self) -> Option<&PeerError>;
        fn last_reset(&self) -> Option<&ResetCause>;
        fn local_identity(&self) -> Option<&Identity>;
        fn remote_identity(&self) -> Option<&Identity>;
        fn undecided_peer(&self) -> Option<&Identity>;
        fn pending_signature(&self) -> Option<PendingSignature>;
        fn wants_send(&self) -> bool;
        fn send_len(&self) -> usize;
        fn deadline(&self) -> Option<Duration>;
        fn records_received(&self) -> u64;
        fn records_sent(&self) -> u64;
        fn channel_binding(&self) -> Result<&[u8]>;
        fn export_keying_material(&self, label: &[u8], context: &[u8], out: &mut [u8]) -> Result<()>;
    }
    write {
        fn authorize(&mut self, identity: Identity) -> Result<()>;
        fn decide(&mut self, trusted: bool) -> Result<()>;
        fn provide_signature(&mut self, signature: Signature) -> Result<()>;
        fn send(&mut self, out: &mut [u8]) -> Result<usize>;
        fn seal(&mut self, plaintext: &[u8], out: &mut [u8]) -> Result<usize>;
        fn seal_in_place(&mut self, buffer: &mut [u8], len: usize) -> Result<usize>;
        fn seal_padded(&mut self, plaintext: &[u8], padded_len: usize, out: &mut [u8]) -> Result<usize>;
        fn rekey(&mut self) -> Result<()>;
        fn disconnect(&mut self, with_error: bool) -> ();
        fn end_of_stream(&mut self) -> Result<()>;
        fn advance(&mut self, now: Duration) -> Result<bool>;
        fn take_delivery(&mut self) -> Option<Delivery>;
    }
}
