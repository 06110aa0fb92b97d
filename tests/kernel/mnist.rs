//! The first MNIST images, against values measured with SciPy and PyTorch.

use rethink::dataset::Dataset;
use rethink::kernel::{Features, Options, Problem, Targets};

use crate::installed;

/// n = 2,000 of the 10,000 images of the reference, so that a debug build takes
/// seconds; Belkin, Ma, Mandal 2018, arXiv 1802.01396, tables 6 and 7 and figure
/// 4: errors between those of n = 1,500 and 3,000, norm 29 +- 3.
#[test]
#[ignore = "needs MNIST: rethink data fetch mnist, then cargo test -- --ignored"]
fn two_thousand_images_have_the_published_error_and_norm() {
    let mnist = Dataset::load("mnist", Some(&installed::folder())).unwrap();
    let n = 2_000;
    let train = mnist.train().subset(n, 0).unwrap();
    let x = Features::pixels(&train);
    let y = Targets::one_hot(train.labels(), 10).unwrap();
    let test = Features::pixels(mnist.test());
    for (kernel, errors) in [("gaussian:5", 0.035..0.061), ("laplacian:10", 0.043..0.071)] {
        let problem = Problem::new(kernel.parse().unwrap(), &x, &y, 0.0).unwrap();
        let f = problem.solve(&Options::default(), &mut |_| {}).unwrap();
        let error = f.errors(&test, mnist.test().labels()).unwrap().fraction();
        assert_eq!(f.train.errors, 0);
        assert!(f.relative_residual < 1e-10);
        assert!(errors.contains(&error), "{kernel}: {error}");
        if kernel == "gaussian:5" {
            let norm = f.rkhs_norm.known().unwrap();
            assert!((26.0..32.0).contains(&norm), "{norm}");
        }
    }
}
