//! Signing in an event loop.

use crate::agent::Agent;
use crate::error;
use crate::message::{self, LENGTH_LEN, Listed, answer_len};
use ossuary_traits::{Identity, KeyStoreError, SignRequest, Signature};
use std::future::Future;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time;

/// How long to wait when the agent's queue of connections is full. A socket that
/// blocks waits by itself; one that does not is told so.
const QUEUE_PAUSE: Duration = Duration::from_millis(5);

impl Agent {
    /// Signs as [`sign`](ossuary_traits::KeyStore::sign) does, without blocking the
    /// thread. It borrows nothing, so that the connection that waits for the signature
    /// can be used meanwhile; dropping it gives the request up.
    ///
    /// It is for the signatures that a connection with a
    /// [`Deferred`](ossuary_traits::Deferred) store waits for, and runs in a runtime of
    /// tokio whose drivers for input and output and for time are enabled.
    ///
    /// ```no_run
    /// # async fn example(
    /// #     agent: &ossuary_agent::Agent,
    /// #     connection: &mut ossuary::OssuaryConnection,
    /// # ) -> Result<(), ossuary::OssuaryError> {
    /// let pending = connection.pending_signature();
    /// let signing = pending.map(|it| agent.sign_async(it.identity(), &it.request()));
    /// if let Some(signing) = signing {
    ///     connection.provide_signature(signing.await?)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As those of [`sign`](ossuary_traits::KeyStore::sign); see the
    /// [table](crate#errors).
    pub fn sign_async(
        &self,
        identity: &Identity,
        request: &SignRequest<'_>,
    ) -> impl Future<Output = Result<Signature, KeyStoreError>> + Send + use<> {
        let (agent, identity) = (self.clone(), identity.clone());
        let message = request.message().to_vec();
        async move {
            let key = match agent.known(&identity) {
                Some(key) => key,
                None => message::present(agent.list_async().await?, &identity)?,
            };
            let request = message::sign_request(&key, &message)?;
            let answer = agent.ask_async(&request).await?;
            match message::signed(&answer, identity.scheme())? {
                Some(signature) => Ok(signature),
                None => Err(message::refusal(agent.list_async().await?, &identity)),
            }
        }
    }

    async fn list_async(&self) -> Result<Listed, KeyStoreError> {
        let answer = self.ask_async(&message::list_request()?).await?;
        let listed = message::listed(&answer)?;
        self.remember(&listed);
        Ok(listed)
    }

    async fn ask_async(&self, request: &[u8]) -> Result<Vec<u8>, KeyStoreError> {
        let asking = ask(self.path(), request);
        match self.timeout() {
            None => asking.await,
            Some(timeout) => time::timeout(timeout, asking)
                .await
                .unwrap_or_else(|_| Err(error::socket(self.path(), ErrorKind::TimedOut.into()))),
        }
    }
}

async fn ask(path: &Path, request: &[u8]) -> Result<Vec<u8>, KeyStoreError> {
    let failed = |error: io::Error| error::socket(path, error);
    let mut socket = connect(path).await.map_err(failed)?;
    socket.write_all(request).await.map_err(failed)?;
    let mut length = [0; LENGTH_LEN];
    socket.read_exact(&mut length).await.map_err(failed)?;
    let mut answer = vec![0; answer_len(length)?];
    socket.read_exact(&mut answer).await.map_err(failed)?;
    Ok(answer)
}

async fn connect(path: &Path) -> io::Result<UnixStream> {
    loop {
        match UnixStream::connect(path).await {
            Err(error) if error.kind() == ErrorKind::WouldBlock => time::sleep(QUEUE_PAUSE).await,
            result => return result,
        }
    }
}
