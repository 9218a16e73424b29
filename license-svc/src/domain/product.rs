//! What is sold: the products that the operator configured.

use std::str::FromStr;

use proto::name::ProductId;

/// A product and the name that people read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// As it stands in resource names.
    pub id: ProductId,
    /// As it stands in mails and on pages.
    pub display_name: String,
}

/// All products. A product without a purchase has no pool; a pool outlives the product's entry here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog(Vec<Product>);

impl Catalog {
    /// The product with this id, if it is sold.
    pub fn find(&self, id: &str) -> Option<&Product> {
        self.0.iter().find(|product| product.id.as_str() == id)
    }

    /// What people read; the id itself once the product is sold no more.
    pub fn display_name(&self, id: &ProductId) -> String {
        self.find(id.as_str()).map_or_else(|| id.to_string(), |product| product.display_name.clone())
    }
}

/// `meet=Meet,ip-phone=IP Phone`
impl FromStr for Catalog {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let products: Vec<Product> = text.split(',').map(product).collect::<Result<_, _>>()?;
        let twice = products
            .iter()
            .enumerate()
            .find(|(index, product)| products[..*index].iter().any(|earlier| earlier.id == product.id));
        match twice {
            Some((_, product)) => Err(format!("{} is there twice", product.id)),
            None => Ok(Self(products)),
        }
    }
}

fn product(entry: &str) -> Result<Product, String> {
    let wanted = || format!("\"{entry}\" is not of the form id=Name; an id has 1 to 40 of a-z, 0-9, - and _");
    let (id, name) = entry.split_once('=').ok_or_else(wanted)?;
    let id = ProductId::parse(id.trim()).ok_or_else(wanted)?;
    let display_name = name.trim().to_owned();
    if display_name.is_empty() {
        return Err(wanted());
    }
    Ok(Product { id, display_name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_come_from_one_line_of_text() {
        let catalog: Catalog = "meet=Meet, ip-phone=IP Phone".parse().expect("valid");
        assert_eq!(catalog.find("ip-phone").expect("there").display_name, "IP Phone");
        assert_eq!(catalog.find("fax"), None);
        for text in ["", "meet", "meet=", "Meet=Meet", "meet=Meet,meet=Again"] {
            assert!(text.parse::<Catalog>().is_err(), "{text}");
        }
    }
}
