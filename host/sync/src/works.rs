//! Work that is begun as there is room for it.

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{Iter, iter};

/// Futures, made one by one when they are wanted.
type Works<'a, T> = Box<dyn Iterator<Item = BoxFuture<'a, T>> + Send + 'a>;

/// A stream of futures that are made when they are wanted. Boxed: of closures that borrow, the compiler
/// cannot show that whoever awaits them may move to another thread.
pub(crate) fn works<'a, T, F>(work: impl Iterator<Item = F> + Send + 'a) -> Iter<Works<'a, T>>
where
    F: Future<Output = T> + Send + 'a,
{
    iter(Box::new(work.map(FutureExt::boxed)) as Works<'a, T>)
}
