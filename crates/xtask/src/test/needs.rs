//! What several steps need, got once.

use anyhow::{Result, anyhow};

use crate::wasm::{self, Profile};
use crate::{declarations, install, site};

/// Got so far.
#[derive(Default)]
pub struct Needs {
    /// Seed of what is random, if one was asked for.
    pub seed: Option<u64>,
    packages: Need,
    module: Need,
    declarations: Need,
    site: Need,
}

impl Needs {
    /// The npm packages.
    pub fn packages(&mut self) -> Result<()> {
        self.packages.get("the npm packages", install::packages)
    }

    /// The wasm module in `www/pkg`.
    pub fn module(&mut self) -> Result<()> {
        self.module.get("the wasm module", || {
            wasm::build(Profile::Dev, &wasm::folder())
        })
    }

    /// The built site, with the quick module.
    pub fn site(&mut self) -> Result<()> {
        self.site
            .get("the site", || site::build(&site::Wanted::quick()))
    }

    /// The declarations of the Rust types in `www/pkg`.
    pub fn declarations(&mut self) -> Result<()> {
        self.declarations
            .get("the declarations of the Rust types", || {
                declarations::write(&wasm::folder())
            })
    }
}

/// Not tried, there, or not to be had.
#[derive(Default)]
enum Need {
    #[default]
    Untried,
    There,
    Missing,
}

impl Need {
    fn get(&mut self, name: &str, make: impl FnOnce() -> Result<()>) -> Result<()> {
        match self {
            Self::There => Ok(()),
            Self::Missing => Err(anyhow!("not run: {name} could not be made, see above")),
            Self::Untried => {
                let made = make();
                *self = if made.is_ok() {
                    Self::There
                } else {
                    Self::Missing
                };
                made
            }
        }
    }
}
