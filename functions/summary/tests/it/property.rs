//! Every endpoint against a computation in memory, on random ledgers, wherever the seal is.

mod calls;
mod question;
mod ranked;
mod series;
mod summary;
mod world;

use ledger::rollups;

use calls::check_calls;
use ranked::check_ranked;
use series::check_series;
use summary::check_summary;
use world::World;

use crate::model::{self, Correction, MODELS, Rng, random_time};

const LEDGERS: u64 = 3;
const CALLS: usize = 250;
const QUESTIONS: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_that_of_the_rows_wherever_the_seal_is() {
    for seed in 1..=LEDGERS {
        let mut world = World::new(seed).await;
        let mut rng = Rng::new(seed + 1000);
        let mut outcomes = Rng::new(seed + 2000);
        let mut ranks = Rng::new(seed + 3000);
        let mut sealed = model::first_day();
        let mut prices = Vec::new();
        let actor = world.actor().await;
        for seal in 0..4 {
            for question in 0..QUESTIONS {
                let context =
                    format!("ledger {seed}, sealed {seal} times until {sealed}, question {question}:");
                check_summary(&world, &mut rng, &mut outcomes, &context).await;
                check_series(&world, &mut rng, &mut outcomes, &context).await;
                check_calls(&world, &mut rng, &context).await;
                check_ranked(&world, &mut ranks, &context).await;
            }
            sealed = if seal == 2 { model::last_day() } else { sealed.max(random_time(&mut rng)) };
            world.seal(sealed).await;
            let model: &&str = rng.pick(&MODELS);
            let price = Correction {
                model,
                from: random_time(&mut rng),
                input: 1 + rng.below(1_000_000).cast_signed(),
                output: 1 + rng.below(1_000_000).cast_signed(),
            };
            world.correct(&mut prices, price, seal == 1, &actor).await;
        }
        assert_eq!(
            rollups::check_all(&world.harness.db.open()).await.unwrap().differences,
            0,
            "ledger {seed}"
        );
    }
}
