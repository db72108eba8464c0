//! The draws of a product, and how one goes from state to state.

use std::path::Path;

use aboveboard_files::{Errno, File};
use aboveboard_published::period::PublicationId;
use aboveboard_published::publication::{Note, Publication};
use aboveboard_published::ratio::Ratio;
use aboveboard_types::clock::parse_day_stamp;
use aboveboard_types::hex;
use hmac_sha256::Hash;

use super::cap;
use super::error::KeepError;
use super::file::{self, MAX_FILE, NoDraw};
use super::list::{self, MAX_LIST};
use super::record::{DrawState, Head, KeptDraw, KeptList};
use crate::audit::{Act, AuditLog};
use crate::clock::now;
use crate::disk::{Folder, PUBLICATIONS};
use crate::names::is_product_id;
use crate::publish::CountedLine;

/// The file whose lock says that a process publishes.
const LOCK: &str = "lock";

/// What the name of the file of a draw ends with.
const DRAW: &str = ".draw";

/// What the name of the file of a list ends with.
const LIST: &str = ".counted";

/// For how many days the figures before tables were made to add up are kept: thirteen months, so that an audit can hold a
/// publication beside that of the year before.
const RAW_DAYS: u32 = 397;

/// The draws of a product. As long as it is there, no other process publishes from the data directory.
#[derive(Debug)]
pub struct KeptDraws {
    folder: Folder,
    product: String,
    log: AuditLog,
    _lock: File,
}

impl KeptDraws {
    /// Takes the draws of a product in a data directory. What is due to be deleted on this day, since 1970, is deleted.
    ///
    /// # Errors
    /// Where another process publishes, or the directory cannot be used.
    pub fn open(data: &Path, product: &str, today: u32) -> Result<Self, KeepError> {
        if !is_product_id(product) {
            return Err(KeepError::Product(product.to_owned()));
        }
        let path = data.join(PUBLICATIONS);
        let error = |source: std::io::Error| KeepError::io(path.clone(), source);
        let log = AuditLog::of(data).map_err(error)?;
        let data = Folder::make(data).map_err(error)?;
        let all = data.inside(PUBLICATIONS).map_err(error)?;
        data.sync().map_err(|why| error(why.into()))?;
        let lock = all.keep(LOCK).and_then(|lock| lock.checked_to_write().map(|_| lock));
        let lock = lock.map_err(|why| error(why.into()))?;
        if !lock.try_lock_exclusive().map_err(|why| error(why.into()))? {
            return Err(KeepError::InUse(path));
        }
        let folder = all.inside(product).map_err(error)?;
        all.sync().map_err(|why| error(why.into()))?;
        let draws = Self { folder, product: product.to_owned(), log, _lock: lock };
        draws.forget(today)?;
        Ok(draws)
    }

    /// The product.
    #[must_use]
    pub fn product(&self) -> &str {
        &self.product
    }

    /// All draws by their ids: periods in order, corrections behind what they correct.
    ///
    /// # Errors
    /// Where one cannot be read.
    pub fn all(&self) -> Result<Vec<KeptDraw>, KeepError> {
        Ok(self
            .ids()?
            .into_iter()
            .map(|id| self.read(id))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect())
    }

    /// A draw.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn get(&self, id: PublicationId) -> Result<Option<KeptDraw>, KeepError> {
        self.read(id)
    }

    /// The newest draw of a period before this one that is shown, or is to be: what a new one is held against. One that is
    /// small only where there is no other. Figures that are held themselves are nothing to hold others against: who makes
    /// installations up would only have to go on.
    ///
    /// # Errors
    /// Where one cannot be read.
    pub fn before(&self, id: PublicationId) -> Result<Option<KeptDraw>, KeepError> {
        let is_before = |draw: &KeptDraw| {
            let other = PublicationId::parse(&draw.publication.id);
            let is_older = other.is_some_and(|other| other.period.last_month() < id.period.last_month());
            is_older && matches!(draw.state, DrawState::Ready | DrawState::Published { .. })
        };
        let (small, others): (Vec<_>, Vec<_>) =
            self.all()?.into_iter().filter(is_before).partition(|draw| draw.publication.is_small);
        Ok(others.into_iter().next_back().or_else(|| small.into_iter().next_back()))
    }

    /// Fails where a draw is not allowed: it was made, or a correction has nothing to correct, or it would cost too much.
    ///
    /// # Errors
    /// Why it is not allowed.
    pub fn check(&self, id: PublicationId, cost: Ratio) -> Result<(), KeepError> {
        let draws = self.all()?;
        let of_period: Vec<_> = draws
            .iter()
            .filter_map(|draw| Some((PublicationId::parse(&draw.publication.id)?, draw)))
            .filter(|(other, _)| other.period == id.period)
            .collect();
        if of_period.iter().any(|(other, _)| other.draw >= id.draw) {
            return Err(KeepError::Drawn(id.to_string()));
        }
        if id.is_correction() {
            let (before, draw) = of_period.last().ok_or_else(|| KeepError::Missing(id.period.to_string()))?;
            if before.correction() != id {
                return Err(KeepError::Missing(before.correction().to_string()));
            }
            let is_open = match &draw.state {
                DrawState::Held { .. } | DrawState::Ready => true,
                DrawState::Withdrawn { published, head, .. } => published.is_some() && head.is_none(),
                DrawState::Published { .. } => false,
            };
            if is_open {
                let remedy = "show or withdraw first what was drawn";
                return Err(state_error(draw, "corrected", remedy));
            }
        }
        cap::check(&draws, id, cost)
    }

    /// Keeps a draw with its list: the list first, so that the draw, which counts, never lacks it.
    ///
    /// # Errors
    /// Where there is one of this id, or it cannot be written.
    pub fn keep(&self, mut draw: KeptDraw, lines: &[CountedLine]) -> Result<KeptDraw, KeepError> {
        let id = parsed(&draw)?;
        if self.read(id)?.is_some() {
            return Err(KeepError::Drawn(id.to_string()));
        }
        if !lines.is_empty() {
            let bytes = list::write(lines);
            draw.list =
                Some(KeptList { lines: lines.len() as u64, sha256: hex::encode(&Hash::hash(&bytes)) });
            self.write(&format!("{id}{LIST}"), &bytes)?;
        }
        self.save(&draw)?;
        self.note(&format!("{id}: {}", draw.state.name()));
        Ok(draw)
    }

    /// The list of a draw; empty where there is none.
    ///
    /// # Errors
    /// Where it cannot be read or is not the one that was kept.
    pub fn list(&self, draw: &KeptDraw) -> Result<Vec<CountedLine>, KeepError> {
        let Some(kept) = &draw.list else { return Ok(Vec::new()) };
        let name = format!("{}{LIST}", parsed(draw)?);
        let bytes = self
            .folder
            .content(&name, MAX_LIST)
            .map_err(|why| KeepError::io(self.folder.join(&name), why))?;
        if hex::encode(&Hash::hash(&bytes)) != kept.sha256 {
            let why = "it does not have the hash that the draw names".to_owned();
            return Err(KeepError::Damaged { path: self.folder.join(&name), why });
        }
        let damaged = || KeepError::Damaged { path: self.folder.join(&name), why: "it is cut".to_owned() };
        list::read(&bytes).ok_or_else(damaged)
    }

    /// Says why figures are right that are held, so that they can be shown with this reason.
    ///
    /// # Errors
    /// Where they are not held, or it cannot be written.
    pub fn accept(&self, id: PublicationId, reason: &str) -> Result<KeptDraw, KeepError> {
        let mut draw = self.existing(id)?;
        if !matches!(draw.state, DrawState::Held { .. }) {
            return Err(state_error(&draw, "accepted", "only figures that are held need a reason"));
        }
        draw.publication.notes.push(Note { about: "held".to_owned(), text: reason.to_owned() });
        draw.state = DrawState::Ready;
        self.save(&draw)?;
        self.note(&format!("{id}: accepted"));
        Ok(draw)
    }

    /// Notes that a draw is shown. `publication` is the document as it is shown, with its hashes and the root of the log before
    /// it, and `head` the log with it. The list is not kept any longer.
    ///
    /// # Errors
    /// Where the figures are not those of the draw, it cannot be shown, or it cannot be written.
    pub fn publish(
        &self,
        id: PublicationId,
        publication: &Publication,
        head: Head,
    ) -> Result<KeptDraw, KeepError> {
        let mut draw = self.existing(id)?;
        let shown = DrawState::Published { head };
        if draw.state == shown && draw.publication == *publication {
            self.drop_list(id)?;
            return Ok(draw);
        }
        if draw.state != DrawState::Ready {
            let remedy =
                "figures that are held are accepted with a reason first, and what is withdrawn stays so";
            return Err(state_error(&draw, "published", remedy));
        }
        let unlogged = Publication { files: Vec::new(), previous_root: None, ..publication.clone() };
        if unlogged != draw.publication {
            return Err(KeepError::OtherFigures(id.to_string()));
        }
        draw.publication = publication.clone();
        draw.list = None;
        draw.state = shown;
        self.save(&draw)?;
        self.note(&format!("{id}: published"));
        self.drop_list(id)?;
        Ok(draw)
    }

    /// Withdraws a draw, shown or not. The day is that of today, as in a document.
    ///
    /// # Errors
    /// Where it is withdrawn already, or it cannot be written.
    pub fn withdraw(&self, id: PublicationId, day: &str, reason: &str) -> Result<KeptDraw, KeepError> {
        let mut draw = self.existing(id)?;
        let published = match &draw.state {
            DrawState::Held { .. } | DrawState::Ready => None,
            DrawState::Published { head } => Some(head.clone()),
            DrawState::Withdrawn { .. } => {
                return Err(state_error(&draw, "withdrawn", "nothing is left to do"));
            }
        };
        draw.state =
            DrawState::Withdrawn { day: day.to_owned(), reason: reason.to_owned(), published, head: None };
        draw.list = None;
        self.save(&draw)?;
        self.note(&format!("{id}: withdrawn"));
        self.drop_list(id)?;
        Ok(draw)
    }

    /// Notes that the withdrawal of a publication stands in the log.
    ///
    /// # Errors
    /// Where it was not withdrawn or never shown, or it cannot be written.
    pub fn withdrawn(&self, id: PublicationId, log: Head) -> Result<KeptDraw, KeepError> {
        let mut draw = self.existing(id)?;
        match &mut draw.state {
            DrawState::Withdrawn { published: Some(_), head, .. } => *head = Some(log),
            _ => return Err(state_error(&draw, "withdrawn at the site", "withdraw it first")),
        }
        self.save(&draw)?;
        Ok(draw)
    }

    /// Takes over a publication that stands at the site, as it is there. It takes the place of a draw that is held here, which
    /// nobody was shown.
    ///
    /// # Errors
    /// Where it is known here and not held, belongs to another product, or cannot be written.
    pub fn adopt(&self, publication: &Publication, state: DrawState) -> Result<KeptDraw, KeepError> {
        if publication.product.id != self.product {
            return Err(KeepError::Product(publication.product.id.clone()));
        }
        let publication = publication.clone();
        let draw = KeptDraw { publication, lines: Vec::new(), raw: None, list: None, state };
        let id = parsed(&draw)?;
        if !self.read(id)?.is_some_and(|known| matches!(known.state, DrawState::Held { .. })) {
            return self.keep(draw, &[]);
        }
        self.save(&draw)?;
        self.note(&format!("{id}: {}", draw.state.name()));
        self.drop_list(id)?;
        Ok(draw)
    }

    /// Writes what was done with a draw into the audit log of the data directory.
    pub(in crate::publish) fn note(&self, detail: &str) {
        let user = aboveboard_files::Owner::me().uid();
        self.log.write(now(), &format!("user {user}"), &Act::new("publish", Some(&self.product), detail));
    }

    /// Deletes raw figures that are old, and lists that nothing needs: those of a kill between two steps.
    fn forget(&self, today: u32) -> Result<(), KeepError> {
        for mut draw in self.all()? {
            let drawn = parse_day_stamp(&draw.publication.drawn);
            if draw.raw.is_some() && drawn.is_some_and(|drawn| drawn.saturating_add(RAW_DAYS) <= today) {
                draw.raw = None;
                self.save(&draw)?;
            }
            if draw.list.is_none() {
                self.drop_list(parsed(&draw)?)?;
            }
        }
        let draws = self.ids()?;
        self.named(LIST)?.into_iter().filter(|id| !draws.contains(id)).try_for_each(|id| self.drop_list(id))
    }

    /// The ids of the files whose names end so.
    fn named(&self, end: &str) -> Result<Vec<PublicationId>, KeepError> {
        let names = self.folder.list().map_err(|why| KeepError::io(self.folder.path().to_owned(), why))?;
        Ok(names.iter().filter_map(|name| PublicationId::parse(name.strip_suffix(end)?)).collect())
    }

    fn ids(&self) -> Result<Vec<PublicationId>, KeepError> {
        let mut ids = self.named(DRAW)?;
        ids.sort_by_key(|id| (id.period.last_month(), id.period, id.draw));
        Ok(ids)
    }

    fn existing(&self, id: PublicationId) -> Result<KeptDraw, KeepError> {
        self.read(id)?.ok_or_else(|| KeepError::Missing(id.to_string()))
    }

    fn read(&self, id: PublicationId) -> Result<Option<KeptDraw>, KeepError> {
        let name = format!("{id}{DRAW}");
        let path = self.folder.join(&name);
        let bytes = match self.folder.content(&name, MAX_FILE) {
            Err(Errno::NOENT) => return Ok(None),
            content => content.map_err(|why| KeepError::io(path.clone(), why))?,
        };
        let draw = match file::read(&bytes) {
            Ok(draw) => draw,
            Err(NoDraw::Newer(format)) => return Err(KeepError::Newer { path, format }),
            Err(NoDraw::Damaged(why)) => return Err(KeepError::Damaged { path, why }),
        };
        let publication = &draw.publication;
        if publication.id != id.to_string() || publication.product.id != self.product {
            let why = format!("it is the draw {} of {}", publication.id, publication.product.id);
            return Err(KeepError::Damaged { path, why });
        }
        Ok(Some(draw))
    }

    fn save(&self, draw: &KeptDraw) -> Result<(), KeepError> {
        let name = format!("{}{DRAW}", parsed(draw)?);
        let bytes = file::write(draw).map_err(|why| KeepError::io(self.folder.join(&name), why))?;
        self.write(&name, &bytes)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), KeepError> {
        let written = self.folder.replace(name, bytes, true).and_then(|()| self.folder.sync());
        written.map_err(|why| KeepError::io(self.folder.join(name), why))
    }

    fn drop_list(&self, id: PublicationId) -> Result<(), KeepError> {
        let name = format!("{id}{LIST}");
        self.folder.remove(&name).map_err(|why| KeepError::io(self.folder.join(&name), why))
    }
}

fn parsed(draw: &KeptDraw) -> Result<PublicationId, KeepError> {
    PublicationId::parse(&draw.publication.id).ok_or_else(|| KeepError::Missing(draw.publication.id.clone()))
}

fn state_error(draw: &KeptDraw, wanted: &'static str, remedy: &'static str) -> KeepError {
    KeepError::State { id: draw.publication.id.clone(), is: draw.state.name(), wanted, remedy }
}
