//! The server, and the command line.

use crate::clients;
use crate::common::{Result, who};
use crate::handshake::handshake;
use crate::slow_agent;
use ossuary::keystore::agent::Agent;
use ossuary::trust::Anyone;
use ossuary::{Builder, DefaultSuite, Deferred, KeyStore};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::timeout;

const HELP: &str = "\
Many handshakes at once on one thread, with a host key in a slow ssh-agent.

  pending [--count NUMBER] [--delay MILLISECONDS] [--agent SOCKET]

  --count NUMBER         how many clients connect at once; otherwise 1000
  --delay MILLISECONDS   how long the agent takes for each answer; otherwise 1000
  --agent SOCKET         take the key from the ssh-agent at this socket, behind
                         the delay; otherwise it is a fresh one

The slow agent by itself:
  pending slow-agent --socket PATH [--delay MILLISECONDS] [--agent SOCKET]";

/// How long the server waits for the next client.
const NEXT_CLIENT: Duration = Duration::from_secs(60);

/// The open files that a client costs: the ends of its connection, and the server's
/// connection to the agent; and those that there are anyhow.
const FILES_FOR_ONE: u64 = 3;
const FILES_FOR_ALL: u64 = 100;

struct Arguments {
    slow_agent: bool,
    socket: Option<PathBuf>,
    count: usize,
    delay: Duration,
    agent: Option<PathBuf>,
}

pub(crate) fn main() -> Result {
    let Some(arguments) = arguments()? else {
        println!("{HELP}");
        return Ok(());
    };
    let needed = FILES_FOR_ONE * u64::try_from(arguments.count)? + FILES_FOR_ALL;
    let allowed = rlimit::increase_nofile_limit(needed)?;
    if allowed < needed {
        let count = arguments.count;
        return Err(format!(
            "{count} clients need {needed} open files, and the system allows {allowed}"
        )
        .into());
    }
    if arguments.slow_agent {
        let socket = arguments
            .socket
            .ok_or("where to listen? Give --socket PATH")?;
        let agent = slow_agent::run(&socket, arguments.agent, arguments.delay);
        return event_loop()?.block_on(agent);
    }
    let folder = tempfile::tempdir()?;
    let socket = folder.path().join("socket");
    let _running = SlowAgent::start(&socket, &arguments)?;
    event_loop()?.block_on(serve(&Agent::at(&socket), &arguments))
}

fn arguments() -> Result<Option<Arguments>> {
    use lexopt::prelude::*;

    let mut arguments = Arguments {
        slow_agent: false,
        socket: None,
        count: 1000,
        delay: Duration::from_secs(1),
        agent: None,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Value(value) if value == "slow-agent" => arguments.slow_agent = true,
            Long("socket") => arguments.socket = Some(parser.value()?.into()),
            Long("count") => arguments.count = parser.value()?.parse()?,
            Long("delay") => arguments.delay = Duration::from_millis(parser.value()?.parse()?),
            Long("agent") => arguments.agent = Some(parser.value()?.into()),
            Long("help") | Short('h') => return Ok(None),
            argument => return Err(argument.unexpected().into()),
        }
    }
    Ok(Some(arguments))
}

/// An event loop that runs on the thread that enters it.
fn event_loop() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?)
}

/// The agent's process. It is killed where this is dropped.
struct SlowAgent(Child);

impl SlowAgent {
    /// Starts it, and waits until it listens.
    fn start(socket: &Path, arguments: &Arguments) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("slow-agent").arg("--socket").arg(socket);
        command.args(["--count", &arguments.count.to_string()]);
        command.args(["--delay", &arguments.delay.as_millis().to_string()]);
        if let Some(agent) = &arguments.agent {
            command.arg("--agent").arg(agent);
        }
        let mut process = command.stdout(Stdio::piped()).spawn()?;
        let output = process.stdout.take().ok_or("the agent has no output")?;
        let running = SlowAgent(process);
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        if line.is_empty() {
            return Err("the slow agent did not start".into());
        }
        Ok(running)
    }
}

impl Drop for SlowAgent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How many handshakes wait for their signatures: now, and at most.
#[derive(Default)]
struct Waiting {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Waiting {
    async fn for_signature<T>(&self, signing: impl Future<Output = T>) -> T {
        let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(now, Ordering::Relaxed);
        let signature = signing.await;
        self.now.fetch_sub(1, Ordering::Relaxed);
        signature
    }
}

/// Serves as many clients as are asked for, and says how that went.
async fn serve(agent: &Agent, arguments: &Arguments) -> Result {
    let count = arguments.count;
    // Asked once, and shared by all connections.
    let keys = Arc::new(Deferred::new(agent.clone())?);
    let identity = keys.identities()?.into_iter().next();
    let identity = identity.ok_or("the agent has no key for a host")?;
    println!("fingerprint     {}", who(Some(&identity)));

    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let listener = socket.listen(u32::try_from(count)?)?;
    let address = listener.local_addr()?;
    let clients =
        thread::spawn(move || event_loop()?.block_on(clients::run(address, &identity, count)));

    let begun = Instant::now();
    let waiting = Arc::new(Waiting::default());
    let mut handshakes = JoinSet::new();
    for _ in 0..count {
        let (stream, _) = timeout(NEXT_CLIENT, listener.accept()).await??;
        handshakes.spawn(one(stream, Arc::clone(&keys), Arc::clone(&waiting)));
    }
    let mut completed = 0;
    while let Some(ended) = handshakes.join_next().await {
        match ended? {
            Ok(()) => completed += 1,
            Err(error) => eprintln!("pending: a handshake failed: {error}"),
        }
    }
    let took = begun.elapsed();
    let resets = clients.join().map_err(|_| "the clients' thread ended")??;

    let ratio = took.as_secs_f64() / arguments.delay.as_secs_f64();
    println!("completed       {completed} of {count} handshakes");
    println!("pending at once {}", waiting.most.load(Ordering::Relaxed));
    println!("timed out       {resets}");
    println!("time            {took:.2?}, {ratio:.2} times as long as one signature");
    Ok(())
}

/// Serves one client: a handshake, and a record that says so.
async fn one(mut stream: TcpStream, keys: Arc<Deferred<Agent>>, waiting: Arc<Waiting>) -> Result {
    let mut connection = Builder::<DefaultSuite>::server()
        .key_store(Arc::clone(&keys))
        .trust(Anyone)
        .build()?;
    handshake(&mut stream, &mut connection, |pending| {
        let signing = keys
            .get_ref()
            .sign_async(pending.identity(), &pending.request());
        let waiting = Arc::clone(&waiting);
        async move { waiting.for_signature(signing).await }
    })
    .await?;
    let greeting = b"welcome";
    let mut record = [0; 7 + ossuary::RECORD_OVERHEAD];
    let len = connection.seal(greeting, &mut record)?;
    stream
        .write_all(record.get(..len).unwrap_or_default())
        .await?;
    Ok(())
}
